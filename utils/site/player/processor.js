// Which processor runs the models: the CPU, or by choice the graphics chip after a check.

import { WORKER } from "./made.js";
import { runtimeOn } from "./runtime.js";

export async function processor() {
  throw new Error("no models in this build");
}
