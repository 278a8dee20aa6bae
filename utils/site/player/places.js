// The places of a page where views live: waiting, loading, ready or failed.

import { load } from "./assets.js";
import { bring } from "./view.js";

const NEAR = "600px"; // how far below the screen a view begins to load

// Every place comes to life when it comes near; until then, and when that fails, its still stands.
export function watch(page) {
  const near = new IntersectionObserver((entries) => {
    entries.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => {
      near.unobserve(target);
      enliven(target);
    });
  }, { rootMargin: NEAR });
  page.querySelectorAll("figure[data-view]").forEach((place) => {
    place.dataset.state = "waiting";
    near.observe(place);
  });
}

async function enliven(place) {
  const began = performance.now();
  const bar = progressBar(place);
  const still = [...place.childNodes].filter((node) => node !== bar.root);
  place.dataset.state = "loading";
  try {
    const view = await load(`views/${place.dataset.view}`);
    const el = document.createElement("div");
    el.hidden = true;
    place.append(el);
    await bring(view, { el, place, settings: JSON.parse(place.dataset.settings || "{}"), told: bar.show,
      ready: () => { el.hidden = false; still.forEach((node) => node.remove()); } });
    place.dataset.ready = String(Math.round(performance.now() - began));
    place.dataset.state = "ready";
  } catch (error) {
    console.warn(error);
    place.replaceChildren(...still, sorry(error));
    place.dataset.state = "failed";
  }
  bar.root.remove();
}

// A thin bar over the still, with what is loading in words.
function progressBar(place) {
  const bar = document.createElement("progress");
  const words = document.createElement("span");
  const root = document.createElement("p");
  root.className = "course-loading";
  Object.assign(bar, { max: 1, value: 0 });
  bar.setAttribute("aria-label", "Loading the live view");
  words.textContent = "loading the live view …";
  root.append(bar, words);
  place.prepend(root);
  const show = (share, text) => {
    bar.value = share;
    if (text) words.textContent = text;
  };
  return { root, show };
}

function sorry(error) {
  const words = document.createElement("p");
  words.className = "course-failed";
  words.textContent = `The live view did not start (${error.message}); the picture shows its first state.`;
  return words;
}
