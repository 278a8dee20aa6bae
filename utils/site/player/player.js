// Makes every figure with a `data-view` live, when it comes near.

import { locate } from "./assets.js";
import { BASE_STYLE, SIZES } from "./made.js";
import { watch } from "./places.js";

locate(document.currentScript.src.replace(/[^/]*$/, ""), SIZES);

const begin = () => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: BASE_STYLE }));
  watch(document);
};

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
else begin();
