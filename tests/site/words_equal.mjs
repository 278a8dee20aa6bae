// Numbers in words against Python's format; COURSE_CASES names the file of values and texts.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { fixed, general, grouped, percent, withSign } from "../../utils/site/readings/words.js";

const FORMATS = {
  fixed: fixed, signed: withSign, grouped, percent: (value) => percent(value), general: (value) => general(value),
};

test("every number as Python writes it", () => {
  for (const { form, value, digits, text } of JSON.parse(fs.readFileSync(process.env.COURSE_CASES, "utf-8"))) {
    assert.equal(FORMATS[form](value, digits), text, `${form}(${value}, ${digits})`);
  }
});
