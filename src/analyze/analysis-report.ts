import type { ContenderPolicy } from './contenders/contender.ts';

/** What an analysis says of one frame. Shares are of the features' variance over the clip: 1 is as bad as knowing no more than its mean. */
export interface FrameReport {
  /** From the first frame, seconds. */
  readonly timeS: number;
  /** 0 … 1, see `ChangeScore.value`; against the frame that the encoder saw last. */
  readonly change: number;
  readonly cut: boolean;
  /** The gate would not have run the encoder. */
  readonly still: boolean;
  /** For each scale of the ladder, coarsest first: what it leaves of this frame alone, ‖X − Π_s X‖². The grid's own is 0. */
  readonly alone: readonly number[];
  /** … what it leaves where it updates what the receiver holds, ‖(I − Π_s)(X − X̂)‖². */
  readonly updating: readonly number[];
  /** Tokens of the smallest scale within tau, alone and updating. */
  readonly scaleAlone: number;
  readonly scaleUpdating: number;
  /** What the tree takes at the default price, and what it leaves. */
  readonly treeTokens: number;
  readonly treeLeft: number;
}

/** Frames for which each scale is the smallest within a tau, by its tokens. */
export interface TauHistogram {
  readonly tau: number;
  readonly alone: Readonly<Record<string, number>>;
  readonly updating: Readonly<Record<string, number>>;
}

/** One setting of a policy over the whole clip. */
export interface CurvePoint {
  /** Its price, the k of every k-th frame, the scale of a fixed one, or the tau of a threshold. */
  readonly setting: number;
  readonly tokensPerFrame: number;
  /** Mean error, share of the features' variance. */
  readonly distortion: number;
  /** The same error as a share of what changes, Σ‖X − X̂‖² / Σ‖X − μ‖²; absent where nothing changes. */
  readonly nmse?: number;
}

/** Name of a curve; its ceiling tells trees apart. */
export type CurvePolicy = ContenderPolicy | 'fixed';

/** The rate–distortion curve of one policy, from many tokens to few. */
export interface Curve {
  readonly policy: CurvePolicy;
  /** Tokens of the finest scale that it may send. */
  readonly ceiling: number;
  readonly points: readonly CurvePoint[];
}

/**
 * How much of what an oracle gains over uniform scales a policy gains, each frame on its own: (uniform − policy) /
 * (uniform − best). All shares of the features' variance, at the policy's own tokens per frame.
 */
export interface OracleGap {
  readonly policy: 'threshold' | 'change' | 'fidelity-uniform';
  readonly setting: number;
  readonly tokensPerFrame: number;
  /** The same tokens spent on scales regardless of the frame. */
  readonly uniform: number;
  /** The bound of the best choice that knows the whole clip. */
  readonly best: number;
  readonly policyLeft: number;
  /** The policy's own scales in random order. */
  readonly shuffledLeft: number;
  /** 0 is no better than uniform, 1 the oracle; absent where the oracle gains nothing. */
  readonly gap?: number;
  readonly shuffledGap?: number;
}

/** What the figures say to somebody who must choose. */
export interface Recommendation {
  /** In plain words. */
  readonly sentence: string;
  /** Of the command line, to be given to `framenest run`. */
  readonly flags: string;
  readonly policy: CurvePolicy;
  readonly ceiling: number;
  readonly setting: number;
  readonly tokensPerFrame: number;
  /** At the clip's own rate of frames; absent for a single frame. */
  readonly tokensPerHour?: number;
  readonly distortion: number;
  /** Whether `distortion` is within tau. */
  readonly withinTau: boolean;
}

/** What `framenest analyze --json` prints. */
export interface AnalysisReport {
  readonly input: string;
  readonly decoder: string;
  readonly encoder: string;
  readonly encoderDigest: string;
  readonly device: string;
  readonly gridSide: number;
  readonly channels: number;
  /** Tokens of every scale, coarsest first. */
  readonly ladder: readonly number[];
  readonly framesDecoded: number;
  readonly frames: number;
  /** The analysis ended at its bound on frames: these are the first ones. */
  readonly firstFramesOnly: boolean;
  /** Frames per second as they came; absent for fewer than two. */
  readonly fps?: number;
  readonly durationS: number;
  readonly tau: number;
  readonly seed: number;
  /** Share of the features' variance that is change over time, 0 … 1; the rest stands still. */
  readonly changeShare: number;
  readonly cuts: number;
  /** Frames that the gate would not have shown to the encoder. */
  readonly still: number;
  readonly perFrame: readonly FrameReport[];
  readonly histograms: readonly TauHistogram[];
  readonly curves: readonly Curve[];
  readonly oracle: readonly OracleGap[];
  readonly recommendation: Recommendation;
  readonly wallS: number;
}
