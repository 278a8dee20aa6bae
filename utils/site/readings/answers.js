// What a classifier answers: the most probable classes first.

import { descending, softmax } from "./arrays.js";
import { fixed } from "./words.js";

const TOP = 3;

export function answerOf(logits, classes) {
  const parts = softmax(logits);
  const order = descending(parts);
  const own = parts.length === classes.length;
  return { says: order.slice(0, TOP).map((i) => (own ? classes[i] : `class ${i}`)),
    parts: Float32Array.from(order.slice(0, TOP), (i) => parts[i]) };
}

export const inWords = ({ says, parts }) =>
  (says.length ? ` It says ${says[0]} (${fixed(100 * parts[0], 0)} %).` : "");
