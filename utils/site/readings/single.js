// What the views on one picture share: the pass over it.

import { packed, resized, toBytes } from "./pictures.js";

// The scene as the model learned it, or the learner's picture made as small.
export async function preparedPicture(source, side, run, graph, more = {}) {
  const picture = resized(source.picture, [side, side]);
  const { inside } = await run(graph, { picture, ...more });
  return { inside, given: source, pixels: source.pixels ? packed(source.pixels) : packed(toBytes(source.picture)) };
}
