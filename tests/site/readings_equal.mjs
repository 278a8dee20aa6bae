// Every reading against Python's `compute` and sentence; COURSE_CASES names the files of cases.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { unpacked } from "./unpacked.mjs";

const READINGS = new URL("../../utils/site/readings/", import.meta.url);
const SHADE = 6; // of 255: one step of the steepest of the color tables
// What is compared less strictly, in multiples of what all others are.
const LOOSE = {
  _spectrum: 50, // the logarithm of nothing: frequency 0 is what rounding has left of the mean
  "squeeze_excite.filtered": 30, // travels in 256 steps
};
const SHADED = 0.01; // of the colors, that may

const flat = (value) => (ArrayBuffer.isView(value) || Array.isArray(value) ? [...value] : [Number(value)]);

function near(name, got, want) {
  if (typeof want === "string" || (Array.isArray(want) && typeof want[0] === "string")) {
    assert.deepEqual(got, want, name);
    return;
  }
  if (ArrayBuffer.isView(want)) assert.deepEqual(got.shape ?? [got.length], want.shape, `the shape of ${name}`);
  const [a, b] = [flat(got), flat(want)];
  assert.equal(a.length, b.length, `the length of ${name}`);
  const off = a.map((v, i) => Math.abs(v - b[i]));
  if (want instanceof Uint8Array) {
    assert.ok(off.every((v) => v <= SHADE), `${name}: a shade of ${Math.max(...off.slice(0, 1e5))}`);
    assert.ok(off.filter((v) => v > 0).length <= SHADED * off.length, `${name}: ${off.filter((v) => v > 0).length} of ${off.length} colors`);
    return;
  }
  const loose = Object.keys(LOOSE).find((part) => name.includes(part));
  const size = loose ? LOOSE[loose] * Math.max(1, ...b.map(Math.abs)) : b.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
  off.forEach((v, i) => assert.ok(v <= 2e-4 * size, `${name}[${i}]: ${a[i]} for ${b[i]}`));
}

for (const path of process.env.COURSE_CASES.split(":")) {
  const { name, facts, inputs, cases } = JSON.parse(fs.readFileSync(path, "utf-8"));
  const { reading } = await import(new URL(`${name}.js`, READINGS));
  const { prepare, compute, sentence } = reading(unpacked(facts));
  const ready = {};
  for (const [key, input] of Object.entries(inputs)) {
    const { inside, given } = unpacked(input);
    // a view without a model makes ready in the page what it looks at
    ready[key] = inside ? { inside, given } : await prepare(cases[0].settings, { scene: true, ...given });
  }
  test(`${name}: ${cases.length} cases`, () => {
    let equal = 0;
    const others = [];
    for (const one of cases) {
      const { inside, given } = ready[one.input];
      const result = compute(one.settings, inside, given);
      const want = unpacked(one.result);
      const said = sentence(one.settings, result);
      if (said === one.sentence) equal += 1;
      else others.push([said, one.sentence]);
      for (const key of Object.keys(want)) near(`${name}.${key} at ${JSON.stringify(one.settings)}`, result[key], want[key]);
    }
    console.log(`# ${name}: ${equal} of ${cases.length} sentences equal`);
    assert.deepEqual(others, []);
  });
}
