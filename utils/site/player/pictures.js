// Pictures as the models take them: planes of red, green and blue, (3, h, w), in [0, 1].

import { filled, packed, toBytes } from "../readings/pictures.js";

const LONGEST = 1024; // pixels of a picture that are read at most

// A file, or its bytes, in the size of a view; the middle is kept where the proportions differ.
export async function decoded(file, size) {
  const image = await createImageBitmap(file instanceof Blob ? file : new Blob([file]));
  const planes = planesOf(image, image.width, image.height);
  image.close();
  return filled(planes, size);
}

// What an image or a video shows; `mirrored` as one sees oneself.
export function planesOf(image, width, height, { mirrored = false } = {}) {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (mirrored) context.setTransform(-1, 0, 0, 1, w, 0);
  context.drawImage(image, 0, 0, w, h);
  return fromRgba(context.getImageData(0, 0, w, h).data, h, w);
}

export function fromRgba(rgba, h, w) {
  const out = new Float32Array(3 * h * w);
  for (let i = 0; i < h * w; i += 1) {
    for (let c = 0; c < 3; c += 1) out[c * h * w + i] = rgba[4 * i + c] / 255;
  }
  return Object.assign(out, { shape: [3, h, w] });
}

// What a view paints of a source without a model: its picture as packed bytes.
export function bytesFrom({ picture, pixels }) {
  return pixels ?? packed(toBytes(picture));
}
