// The stored runs of a claim; training one anew needs Python.

import { most } from "./arrays.js";
import { fixed, grouped } from "./words.js";

export function reading({ titles, claims }) {
  // All but the followed arm is the same for each arm.
  function compute({ claim, arm }) {
    const { arms, ...stored } = claims[claim];
    const at = Math.min(arm, arms.length) - 1;
    return { ...stored, ...arms[at], arm: at };
  }

  function sentence({ claim }, { names, arm, scores, means, parameters, unit: word, steps }) {
    const unit = word ? ` ${word}` : "";
    const seeds = scores.shape[1];
    const own = scores.subarray(arm * seeds, (arm + 1) * seeds);
    const others = names.map((name, i) => [name, means[i]]).filter(([name]) => name !== names[arm])
      .map(([name, value]) => `${name} ${fixed(value, 2)}${unit}`).join(", ");
    return `${titles[claim]}: “${names[arm]}” reaches ${fixed(means[arm], 2)}${unit} on average of ${seeds} seeds `
      + `(${fixed(-most(own.map((v) => -v)), 2)} to ${fixed(most(own), 2)}) with ${grouped(parameters[arm])} parameters `
      + `after ${grouped(steps)} steps; ${others}.`;
  }

  return { prepare: async () => ({}), compute, sentence };
}
