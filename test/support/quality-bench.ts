import { readdirSync } from 'node:fs';
import { Random } from './random.ts';

export interface Clip {
  readonly name: string;
  readonly class: string;
  readonly fps: number;
  readonly gridSide: number;
  readonly channels: number;
  readonly frames: Float32Array[];
  readonly small: Record<number, Float32Array[]>;
  readonly sceneScores: number[];
  readonly timesS: number[];
}

export interface Run {
  readonly tokens: Float64Array;
  readonly errors: Float64Array;
  readonly energies: Float64Array;
}

export interface Method {
  readonly name: string;
  readonly knobs: number[];
  readonly run: (clip: Clip, knob: number, scored?: Clip) => Run;
}

export type Sent = (Uint8Array | undefined)[];

export interface Point {
  readonly tokensPerFrame: number;
  readonly nmse: number;
}

interface PieceDistances {
  distance(band: number, u: number, v: number): number;
}

/** The functions of bench/quality/ that tests call. */
export interface QualityBench {
  readonly baselines: Method[];
  readonly bdRate: (
    ours: Point[],
    theirs: Point[],
  ) => {
    percent: number | undefined;
    covered: { from: number; to: number; share: number } | undefined;
    dominated: 'ours' | 'theirs' | undefined;
  };
  readonly frontier: (points: Point[]) => Point[];
  readonly bootstrapMean: (
    values: number[],
    options?: { resamples?: number; seed?: number },
  ) => { mean: number; low: number; high: number; clips: number } | undefined;
  readonly dropSimilar: (clip: Clip, threshold: number) => Sent;
  readonly fillBudget: (pieces: PieceDistances, scales: number[], budget: number) => number[];
  readonly oracleGap: (uniform: number, policy: number, best: number) => number | undefined;
  readonly otsuThreshold: (distances: ArrayLike<number>) => number;
  readonly pieceDistances: (clip: Clip, ladder: number[], reach: number) => PieceDistances;
  readonly poolFrames: (
    frames: Float32Array[],
    shape: { gridSide: number; channels: number },
    tokens: number,
  ) => { means: Float32Array[]; energies: Float64Array; share: number };
  readonly previousCosines: (clip: Clip, reach: 0 | 1) => Float64Array[];
  readonly quantile: (values: ArrayLike<number>, share: number) => number;
  readonly randomNumbers: (seed: number) => () => number;
  readonly shuffled: <T>(items: Iterable<T>, next: () => number) => T[];
  readonly ratePoint: (run: Run) => { tokensPerFrame: number; nmse: number; p95: number };
  readonly receive: (
    clip: Clip,
    sending: { tokens: number; sent: Sent; source?: Float32Array[]; extra?: number },
  ) => Run;
  readonly receiverOracle: (
    clip: Clip,
    tokensPerFrame: number,
    options?: { ladder?: number[]; candidates?: Run[]; lookback?: number },
  ) => Run & { bound: number | undefined };
  readonly ScalePlanner: new (distances: PieceDistances) => { plan(price: number): number[] };
  readonly shuffledSelf: (clip: Clip, tokens: ArrayLike<number>, seed: number, ladder?: number[]) => Run;
  readonly uniformRun: (clip: Clip, tokens: number[], ladder: number[]) => Run;
}

const folder = new URL('../../bench/quality/', import.meta.url);
const files = `bd-rate bootstrap fill-budget oracle otsu piece-distances pooled-frames quantile random
  rate-distortion receiver receiver-oracle scale-planner similarity uniform-run baselines/dtd baselines/index`;

/** The modules of the quality bench. They are plain JavaScript outside src/, so their types are stated here. */
export async function loadQualityBench(): Promise<QualityBench> {
  const modules = await Promise.all(
    files.split(/\s+/).map((file) => import(new URL(`${file}.mjs`, folder).href) as Promise<object>),
  );
  return Object.assign({}, ...modules) as QualityBench;
}

/** Names of the files that hold a baseline each. */
export function baselineFiles(): string[] {
  return readdirSync(new URL('baselines/', folder)).filter((file) => file !== 'index.mjs');
}

/** The method of that name. */
export function methodNamed(methods: readonly Method[], name: string): Method {
  const found = methods.find((method) => method.name === name);
  if (!found) throw new RangeError(`No method is called ${name}`);
  return found;
}

/**
 * A small clip of random features: cells wander, some more than others, and some frames repeat the one before.
 * @param gridSide - a multiple of 12
 */
export function randomClip(seed: number, length: number, gridSide = 12, channels = 2): Clip {
  const random = new Random(seed);
  const size = gridSide ** 2 * channels;
  const pace = random.grid(size);
  const frames = [random.grid(size)];
  while (frames.length < length) {
    const step = random.next() < 0.2 ? 0 : random.next();
    frames.push(frames.at(-1)!.map((value, i) => value + step * pace[i]! * random.gaussian()));
  }
  return clipOf(frames, gridSide, channels, random);
}

/** A clip of given frames; its small pictures are the frames with noise, its scene scores random. */
export function clipOf(frames: Float32Array[], gridSide: number, channels: number, random: Random): Clip {
  const blurred = (): Float32Array[] => frames.map((frame) => frame.map((value) => value + 0.3 * random.gaussian()));
  return {
    name: 'random',
    class: 'none',
    fps: 4,
    gridSide,
    channels,
    frames,
    small: { 144: blurred(), 36: blurred(), 9: blurred() },
    sceneScores: frames.map(() => 100 * random.next()),
    timesS: frames.map((_, t) => t / 4),
  };
}

/** Σ of a list. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
