// Weather, resizing and moved pictures against Python; COURSE_CASES names the file of cases.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { movedPair } from "../../utils/site/readings/pairs.js";
import { filled, resized } from "../../utils/site/readings/pictures.js";
import { weatherOf } from "../../utils/site/readings/weather.js";
import { unpacked } from "./unpacked.mjs";

const { picture, weather, spoiled, sizes, moved } = unpacked(JSON.parse(fs.readFileSync(process.env.COURSE_CASES, "utf-8")));

function near(got, want, most, name) {
  assert.deepEqual(got.shape, want.shape, name);
  const off = got.reduce((worst, v, i) => Math.max(worst, Math.abs(v - want[i])), 0);
  assert.ok(off <= most, `${name}: ${off}`);
}

test("noise, rain and blur", () => {
  const spoil = weatherOf(weather);
  for (const { kind, strength, want } of spoiled) near(spoil(picture, kind, strength), want, 2e-6, `${kind} ${strength}`);
});

test("smaller, larger and filled", () => {
  for (const { size, want, fills } of sizes) near((fills ? filled : resized)(picture, size), want, 1e-5, `${fills} ${size}`);
});

test("moved about the middle", () => {
  for (const { motion, frame1, flow, hidden } of moved) {
    const got = movedPair(picture, motion);
    near(got.flow, flow, 1e-4, "flow");
    near(got.frame1, frame1, 2e-4, "frame 1");
    assert.ok(got.hidden.filter((v, i) => v !== hidden[i]).length <= 2, "hidden");
  }
});
