/**
 * Repeatable random numbers: mulberry32 (Tommy Ettinger, public domain), 32 bits of state.
 * @param seed - an integer; the same seed gives the same numbers
 * @returns uniform in [0, 1)
 */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The items in random order (Fisher and Yates; Durstenfeld 1964): every order is equally likely.
 * @param items - not changed
 * @param next - uniform in [0, 1)
 */
export function shuffled<T>(items: Iterable<T>, next: () => number): T[] {
  const out = [...items];
  for (let last = out.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    const moved = out[last] as T;
    out[last] = out[other] as T;
    out[other] = moved;
  }
  return out;
}
