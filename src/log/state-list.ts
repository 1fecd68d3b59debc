import type { KeptState } from './packet-log.ts';

/** Most states in a list; the oldest goes first. */
const STATES = 6;

/** The newest states of a stream, in memory: at most 6. */
export class StateList {
  #states: KeptState[] = [];

  /** Adds a state, or replaces the one of that sequence. @returns a copy of it, which the list keeps */
  add({ sequence, epoch, grid }: KeptState): KeptState {
    const kept = { sequence, epoch, grid: grid.slice() };
    const others = this.#states.filter((state) => state.sequence !== sequence);
    this.#states = [...others, kept].sort((a, b) => a.sequence - b.sequence).slice(-STATES);
    return kept;
  }

  /** The newest one at or before this sequence; a copy. */
  before(sequence: number): KeptState | undefined {
    const state = this.#states.findLast((each) => each.sequence <= sequence);
    return state && { ...state, grid: state.grid.slice() };
  }

  /** Lets go of those before this sequence, but for the newest of them: the packets from there on build on it. */
  drop(sequence: number): void {
    if ((this.#states[1]?.sequence ?? Infinity) >= sequence) return;
    const newest = this.#states.findLastIndex((state) => state.sequence < sequence);
    this.#states = this.#states.slice(Math.max(0, newest));
  }

  /** Lets all go. */
  clear(): void {
    this.#states = [];
  }
}
