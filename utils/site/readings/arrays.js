// Arrays that know their shape, and what the readings ask of them.

export const shaped = (array, ...shape) => Object.assign(array, { shape });
export const floats = (values, ...shape) => shaped(Float32Array.from(values), ...shape);
export const range = (n) => Array.from({ length: n }, (_, i) => i);
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const mod = (a, n) => ((a % n) + n) % n;

export function sum(values) {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += values[i];
  return total;
}

export const mean = (values) => sum(values) / values.length;

export function most(values) {
  let found = -Infinity;
  for (let i = 0; i < values.length; i += 1) if (values[i] > found) found = values[i];
  return found;
}

// The first of the greatest values, and the first of the least.
export function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i] > values[best]) best = i;
  return best;
}

export const argmin = (values) => argmax(Array.from(values, (v) => -v));

// The order from great to small; equals stay in their order.
export const descending = (values) => range(values.length).sort((a, b) => values[b] - values[a] || a - b);

// The cell of an h × w map under the middle of a place of the lattice.
export function cellAt([y, x], [h, w], [rows, columns]) {
  return [Math.floor(((y + 0.5) * h) / rows), Math.floor(((x + 0.5) * w) / columns)];
}

export function softmax(scores) {
  const top = most(scores);
  const powers = Array.from(scores, (score) => Math.exp(score - top));
  const whole = sum(powers);
  return powers.map((power) => power / whole);
}

// A row of a tensor whose first axes are given.
export function slice(tensor, ...at) {
  const rest = tensor.shape.slice(at.length);
  const size = rest.reduce((a, b) => a * b, 1);
  let place = 0;
  at.forEach((index, axis) => { place = place * tensor.shape[axis] + index; });
  return shaped(tensor.subarray(place * size, (place + 1) * size), ...rest);
}

// The value below which a part of all lies, between neighbors as numpy and torch read it.
export function quantile(values, part) {
  const sorted = Float64Array.from(values).sort();
  const at = part * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
