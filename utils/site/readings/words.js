// Numbers in words, as Python's format writes them.

import { roundEven } from "./pictures.js";

// `f"{value:.2f}"`: what lies in the middle between two goes to the even one.
export function fixed(value, digits = 0) {
  const scaled = value * 10 ** digits;
  const middle = Number.isInteger(value * 2 ** (digits + 1)) && Math.abs(scaled % 1) === 0.5;
  const text = middle ? (roundEven(scaled) / 10 ** digits).toFixed(digits) : value.toFixed(digits);
  return Object.is(value, -0) || (value < 0 && !text.startsWith("-")) ? `-${text.replace("-", "")}` : text;
}

// `f"{value:+.2f}"`
export const withSign = (value, digits) => (fixed(value, digits).startsWith("-") ? "" : "+") + fixed(value, digits);

// `f"{value:.0%}"`
export const percent = (value) => `${fixed(100 * value, 0)}%`;

// `f"{value:,.1f}"`
export function grouped(value, digits = 0) {
  const [whole, part] = fixed(value, digits).split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? spaced : `${spaced}.${part}`;
}

// `f"{value:g}"` of what is neither very large nor very small
export const general = (value) => String(Number(value.toPrecision(6)));

export const counted = (number, word) => `${grouped(number)} ${word}${number === 1 ? "" : "s"}`;

// A motion (x, y) in whole pixels.
export function signed([x, y]) {
  const [right, down] = [roundEven(x), roundEven(y)];
  return `${right < 0 ? "left" : "right"} ${Math.abs(right)}, ${down < 0 ? "up" : "down"} ${Math.abs(down)}`;
}
