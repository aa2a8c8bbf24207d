/** Numbers that look random and come again with their seed (mulberry32). */
export interface Random {
  /** At least `from`, at most `to`, both whole. */
  whole(from: number, to: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return { whole, pick: (list) => list[whole(0, list.length - 1)] ?? list[0] };
}

export const seedOf = (seed: number, round: number): number => seed + round * 7919;

/** A round's numbers come again when it is the only one and has its seed. */
export const roundOf = (seed: number, round: number): Random => createRandom(seedOf(seed, round));

/** Loops wait most of the time, so two rounds go side by side. */
const LANES = 2;

export async function eachRound(rounds: number, play: (round: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < rounds) await play(next++);
  };
  await Promise.all(Array.from({ length: Math.min(LANES, rounds) }, lane));
}
