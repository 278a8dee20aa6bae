// What a view shows first: the course's scene, as bytes for the eye or as the model was fed.

import { unpacked } from "./assets.js";

const FINE = 65535; // pictures travel as 16-bit numbers: finer than the models' own rounding

// A source as the readings take it: the arrays that the view's build has named.
export async function sceneOf({ scene }) {
  const source = { scene: true };
  if (!scene) return source;
  const buffer = await unpacked(scene.file);
  let at = 0;
  for (const { key, kind, shape } of scene.parts) {
    const count = shape.reduce((a, b) => a * b, 1);
    const [array, bytes] = KINDS[kind](buffer, at, count);
    source[key] = Object.assign(array, { shape });
    at += bytes;
  }
  return source;
}

const KINDS = {
  picture: (buffer, at, count) => [Float32Array.from(new Uint16Array(buffer.slice(at, at + 2 * count)), (v) => v / FINE),
    2 * count],
  float: (buffer, at, count) => [new Float32Array(buffer.slice(at, at + 4 * count)), 4 * count],
  byte: (buffer, at, count) => [new Uint8Array(buffer.slice(at, at + count)), count],
};
