// torch's random numbers on the CPU: the same drops and the same noise as in Python.

const [SIZE, SHIFT] = [624, 397];

// The Mersenne Twister; `uniform()` is what torch.rand gives.
export function dice(seed) {
  const state = new Uint32Array(SIZE);
  state[0] = seed >>> 0;
  for (let i = 1; i < SIZE; i += 1) {
    const before = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(1812433253, before) + i;
  }
  let at = SIZE;
  const twist = () => {
    for (let i = 0; i < SIZE; i += 1) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  };
  const next = () => {
    if (at === SIZE) twist();
    let y = state[at];
    at += 1;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  const uniform = () => (next() & 0xffffff) / 2 ** 24;
  return { uniform, many: (n) => Float32Array.from({ length: n }, uniform) };
}

// What torch.randn gives for a number of values that 16 divides: pairs of a length and an angle.
export function gaussian(roll, n) {
  const values = roll.many(n);
  for (let from = 0; from < n; from += 16) {
    for (let i = from; i < from + 8; i += 1) {
      const length = Math.sqrt(-2 * Math.log(1 - values[i]));
      const angle = 2 * Math.PI * values[i + 8];
      [values[i], values[i + 8]] = [length * Math.cos(angle), length * Math.sin(angle)];
    }
  }
  return values;
}
