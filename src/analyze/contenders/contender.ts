import type { Moment } from '../../scales/spending.ts';

/** The policies that an analysis compares. */
export type ContenderPolicy = 'every-kth' | 'change' | 'fidelity-uniform' | 'fidelity-tree';

/** One frame as every contender sees it. */
export interface AnalysedFrame {
  /** From 0. */
  readonly index: number;
  readonly moment: Moment;
  /** RGB24, `inputSide² × 3` bytes, read only; not to be kept. */
  readonly rgb: Uint8Array;
  /** The gate holds the frame: policies on features are not shown it. */
  readonly still: boolean;
  /** Block means of this frame's features, `[side², channels]`, read only; overwritten with the next frame. */
  readonly meansAt: (side: number) => Float32Array;
  /** The same of the newest frame that the gate let through; stays as it is until the gate lets the next one through. */
  readonly seenAt: (side: number) => Float32Array;
}

/** One policy at one setting, with the state of one stream and a receiver that it really fills. */
export interface Contender {
  readonly policy: ContenderPolicy;
  /** Its price, or the k of every k-th frame. */
  readonly setting: number;
  /** Of the grid that its receiver holds; the finest scale that it may send. */
  readonly side: number;
  /** X̂, `[side², channels]`. Read it; only `take` writes. */
  readonly held: Float32Array;
  /** For each frame so far the level that the whole of it went out at; absent where regions differ or nothing is sent. */
  readonly levels?: readonly number[];
  /**
   * Takes in the next frame and moves X̂.
   * @returns the tokens that it costs
   */
  take(frame: AnalysedFrame): number;
}
