import type { KeptState } from './packet-log.ts';

/** Most states in a list; the oldest goes first. */
const STATES = 4;

/** The newest states of a stream, in memory: at most 4. */
export class StateList {
  #states: KeptState[] = [];

  /** Adds a state, or replaces the one of that sequence. @returns a copy of it, which the list keeps */
  add({ sequence, grid }: KeptState): KeptState {
    const kept = { sequence, grid: grid.slice() };
    const others = this.#states.filter((state) => state.sequence !== sequence);
    this.#states = [...others, kept].sort((a, b) => a.sequence - b.sequence).slice(-STATES);
    return kept;
  }

  /** The newest one at or before this sequence; a copy. */
  before(sequence: number): KeptState | undefined {
    const state = this.#states.findLast((each) => each.sequence <= sequence);
    return state && { sequence: state.sequence, grid: state.grid.slice() };
  }

  /** Lets go of those before this sequence. */
  drop(sequence: number): void {
    if ((this.#states[0]?.sequence ?? Infinity) >= sequence) return;
    this.#states = this.#states.filter((state) => state.sequence >= sequence);
  }
}
