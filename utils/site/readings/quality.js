// How near a picture is to the clean one: PSNR, and SSIM with a Gaussian window.

const [SIGMA, REACH] = [1.5, 5];
const [C1, C2] = [0.01 ** 2, 0.03 ** 2];

export function psnr(picture, clean) {
  let error = 0;
  for (let i = 0; i < clean.length; i += 1) error += (picture[i] - clean[i]) ** 2;
  return 10 * Math.log10(clean.length / error);
}

const BELL = (() => {
  const values = Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-0.5 * ((i - REACH) / SIGMA) ** 2));
  const whole = values.reduce((a, b) => a + b, 0);
  return values.map((v) => v / whole);
})();

// A plane under the bell, where all of the bell lies on it.
function smooth(plane, h, w) {
  const [tall, wide] = [h - 2 * REACH, w - 2 * REACH];
  const middle = new Float64Array(h * wide);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      let sum = 0;
      for (let k = 0; k < BELL.length; k += 1) sum += BELL[k] * plane[y * w + x + k];
      middle[y * wide + x] = sum;
    }
  }
  const out = new Float64Array(tall * wide);
  for (let y = 0; y < tall; y += 1) {
    for (let x = 0; x < wide; x += 1) {
      let sum = 0;
      for (let k = 0; k < BELL.length; k += 1) sum += BELL[k] * middle[(y + k) * wide + x];
      out[y * wide + x] = sum;
    }
  }
  return out;
}

export function ssim(picture, clean) {
  const [c, h, w] = clean.shape;
  let total = 0;
  for (let plane = 0; plane < c; plane += 1) {
    const [a, b] = [picture, clean].map((x) => Float64Array.from(x.subarray(plane * h * w, (plane + 1) * h * w)));
    const [ma, mb] = [smooth(a, h, w), smooth(b, h, w)];
    const [aa, bb, ab] = [[a, a], [b, b], [a, b]].map(([x, y]) => smooth(x.map((v, i) => v * y[i]), h, w));
    let sum = 0;
    for (let i = 0; i < ma.length; i += 1) {
      const [va, vb, vab] = [aa[i] - ma[i] ** 2, bb[i] - mb[i] ** 2, ab[i] - ma[i] * mb[i]];
      sum += ((2 * ma[i] * mb[i] + C1) * (2 * vab + C2)) / ((ma[i] ** 2 + mb[i] ** 2 + C1) * (va + vb + C2));
    }
    total += sum / ma.length;
  }
  return total / c;
}
