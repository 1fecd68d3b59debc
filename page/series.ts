import type { FrameFacts } from './frame-facts.ts';

/** Frames in order, column by column: what charts draw. Views into memory that goes on changing: draw at once. */
export interface Series {
  /** Seconds, ascending. */
  readonly timeS: Float64Array;
  readonly sequence: Float64Array;
  readonly epoch: Float64Array;
  readonly change: Float32Array;
  readonly tokens: Float32Array;
  /** Frames let go before each. */
  readonly dropped: Float32Array;
  /** Packets missing before each. */
  readonly missing: Float32Array;
  /** Tokens of each level, coarsest first. */
  readonly levels: readonly Uint16Array[];
}

/** A time that falls by more is a file read again, or a clock set anew, seconds. */
const RESTART_S = 1;

const columns = ['timeS', 'sequence', 'epoch', 'change', 'tokens', 'dropped', 'missing'] as const;

/**
 * The newest frames of a stream. Memory: twice `capacity` × (40 + 2 × levels) bytes, taken once; where it is full the
 * oldest go.
 */
export class SeriesRing {
  readonly #capacity: number;
  readonly #all: Series;
  #start = 0;
  #end = 0;

  constructor(capacity: number, levels: number) {
    this.#capacity = capacity;
    this.#all = empty(2 * capacity, levels);
  }

  /** Frames in it. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Adds a frame. Where its time lies before the last one's, a file has begun anew: what was there goes. */
  push(frame: FrameFacts, missing: number): void {
    const last = this.length > 0 ? (this.#all.timeS[this.#end - 1] ?? -Infinity) : -Infinity;
    if (frame.timeS < last - RESTART_S) this.clear();
    if (this.#end === 2 * this.#capacity) this.#moveToFront();
    write(this.#all, this.#end++, frame, missing);
    if (this.length > this.#capacity) this.#start++;
  }

  /** Lets go of all. */
  clear(): void {
    this.#start = this.#end = 0;
  }

  /** The frames from a time on. */
  since(timeS: number): Series {
    const { timeS: times } = this.#all;
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) < timeS) low = middle + 1;
      else high = middle;
    }
    return view(this.#all, low, this.#end);
  }

  #moveToFront(): void {
    for (const column of columns) this.#all[column].copyWithin(0, this.#start, this.#end);
    for (const level of this.#all.levels) level.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** Frames as columns. */
export function seriesOf(frames: readonly FrameFacts[], levels: number, missing: ReadonlyMap<number, number>): Series {
  const series = empty(frames.length, levels);
  frames.forEach((frame, i) => write(series, i, frame, missing.get(frame.sequence) ?? 0));
  return series;
}

function write(series: Series, i: number, frame: FrameFacts, missing: number): void {
  for (const column of columns) series[column][i] = column === 'missing' ? missing : frame[column];
  // Charts want times that ascend; the clock of a camera's computer may be set back by a little.
  const before = i > 0 ? (series.timeS[i - 1] ?? -Infinity) : -Infinity;
  if (frame.timeS <= before && frame.timeS > before - RESTART_S) series.timeS[i] = before + 1e-4;
  series.levels.forEach((level, l) => (level[i] = frame.counts[l] ?? 0));
}

function empty(length: number, levels: number): Series {
  return {
    timeS: new Float64Array(length),
    sequence: new Float64Array(length),
    epoch: new Float64Array(length),
    change: new Float32Array(length),
    tokens: new Float32Array(length),
    dropped: new Float32Array(length),
    missing: new Float32Array(length),
    levels: Array.from({ length: levels }, () => new Uint16Array(length)),
  };
}

function view(all: Series, start: number, end: number): Series {
  return {
    timeS: all.timeS.subarray(start, end),
    sequence: all.sequence.subarray(start, end),
    epoch: all.epoch.subarray(start, end),
    change: all.change.subarray(start, end),
    tokens: all.tokens.subarray(start, end),
    dropped: all.dropped.subarray(start, end),
    missing: all.missing.subarray(start, end),
    levels: all.levels.map((level) => level.subarray(start, end)),
  };
}
