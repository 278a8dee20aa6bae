// Feature maps as colors: the three directions in which the features vary most.

import { clamp, quantile, range, shaped } from "./arrays.js";
import { roundEven } from "./pictures.js";

const SWEEPS = 30;
const SMALL = 1e-22; // of the trace, squared: what is left beside the diagonal

// Eigenvectors of a symmetric matrix, the greatest first, by Jacobi's turns.
export function eigenvectors(matrix) {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = range(n).map((i) => Float64Array.from({ length: n }, (_, j) => Number(i === j)));
  const trace = range(n).reduce((all, i) => all + a[i][i], 0);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let left = 0;
    for (let p = 0; p < n; p += 1) for (let q = p + 1; q < n; q += 1) left += a[p][q] ** 2;
    if (left <= SMALL * trace ** 2) break;
    for (let p = 0; p < n; p += 1) for (let q = p + 1; q < n; q += 1) turn(a, vectors, p, q);
  }
  return range(n).sort((i, j) => a[j][j] - a[i][i]).map((i) => vectors[i]);
}

// Turn the axes p and q so that nothing is left between them; row i of `vectors` is axis i.
function turn(a, vectors, p, q) {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  for (const m of [a, vectors]) {
    const [rowP, rowQ] = [m[p], m[q]];
    for (let k = 0; k < rowP.length; k += 1) [rowP[k], rowQ[k]] = [c * rowP[k] - s * rowQ[k], s * rowP[k] + c * rowQ[k]];
  }
}

// Fitted to a map (h, w, c): a function that colors maps of the same channels.
export function directionsOf(features) {
  const [h, w, c] = features.shape;
  const n = h * w;
  const mean = new Float64Array(c);
  for (let i = 0; i < n * c; i += 1) mean[i % c] += features[i] / n;
  const products = range(c).map(() => new Float64Array(c));
  for (let i = 0; i < n; i += 1) {
    for (let p = 0; p < c; p += 1) {
      const v = features[i * c + p] - mean[p];
      for (let q = p; q < c; q += 1) products[p][q] += v * (features[i * c + q] - mean[q]);
    }
  }
  for (let p = 0; p < c; p += 1) for (let q = 0; q < p; q += 1) products[p][q] = products[q][p];
  const along = (map, axis) => {
    const out = new Float64Array(map.length / c);
    for (let i = 0; i < map.length; i += 1) out[Math.floor(i / c)] += (map[i] - mean[i % c]) * axis[i % c];
    return out;
  };
  const axes = eigenvectors(products).slice(0, 3).map((axis) => {
    const shown = along(features, axis);
    const far = shown.reduce((best, v) => (Math.abs(v) > Math.abs(best) ? v : best), 0);
    const way = far < 0 ? axis.map((v) => -v) : axis;
    const signed = far < 0 ? shown.map((v) => -v) : shown;
    return { way, low: quantile(signed, 0.02), high: quantile(signed, 0.98) };
  });
  return (map) => {
    const [rows, columns] = map.shape;
    const out = new Uint8Array(3 * rows * columns);
    axes.forEach(({ way, low, high }, k) => along(map, way).forEach((v, i) => {
      out[3 * i + k] = roundEven(255 * clamp((v - low) / Math.max(high - low, 1e-12), 0, 1));
    }));
    return shaped(out, rows, columns, 3);
  };
}
