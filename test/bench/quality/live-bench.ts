import { fileURLToPath } from 'node:url';
import type { Picture } from '../../support/picture.ts';

/** What of an encoder the live methods of bench/quality/ know. */
export interface Facts {
  readonly inputSide: number;
  readonly gridSide: number;
  readonly channels: number;
}

export interface Step {
  readonly tokens: number;
  readonly ran: boolean;
  readonly held: Float32Array;
  readonly side: number;
}

export interface Moment {
  readonly rgb: Picture;
  readonly timeS: number;
  readonly features: () => Promise<Float32Array>;
}

export interface Stream {
  next: (moment: Moment) => Promise<Step>;
}

export type Method = (facts: Facts) => Stream;
export type Encode = (rgb: Picture) => Promise<Float32Array>;

export interface Pictures {
  readonly name: string;
  readonly fps: number;
  readonly frames: Picture[];
}

export type SimilarityRule = () => (cosines: Float64Array) => Uint8Array;
export type FrameRule = () => (t: number, rgb: Picture) => boolean;

/** The modules that make streams and run them. They are plain JavaScript outside src/, so their types are stated here. */
export interface LiveBench {
  readonly aboveOtsu: (setting: { multiplier: number; certain: number }) => SimilarityRule;
  readonly aboveQuantile: (q: number) => SimilarityRule;
  readonly atCuts: (threshold: number) => FrameRule;
  readonly belowCosine: (threshold: number) => SimilarityRule;
  readonly changeStream: (price: number) => Method;
  readonly drawn: (threshold: number) => FrameRule;
  readonly droppingStream: (options: { rule: SimilarityRule; reach?: 0 | 1 }) => Method;
  readonly encodeOnce: (encode: Encode) => Encode;
  readonly everyNth: (k: number) => FrameRule;
  readonly gated: (options?: { gated?: boolean; price?: number }) => Method;
  readonly runStream: (
    stream: Stream,
    pictures: Pictures,
    encode: Encode,
    see?: (step: Step, t: number) => void,
  ) => Promise<{ tokens: Float64Array; ran: Uint8Array }>;
  readonly wholeFrameStream: (options: { side: number; rule: FrameRule; extra?: number; encode?: Encode }) => Method;
}

const files = `baselines/dtd baselines/dtd-otsu baselines/evs-causal baselines/keyframes baselines/random method
  streams/changing streams/dropping streams/gated streams/stream streams/whole-frames`;

/** A module of bench/quality/, by its path without the ending. */
export async function load<T>(name: string): Promise<T> {
  return (await import(fileURLToPath(new URL(`../../../bench/quality/${name}.mjs`, import.meta.url)))) as T;
}

/** All that {@link LiveBench} names. */
export async function loadLiveBench(): Promise<LiveBench> {
  return Object.assign({}, ...(await Promise.all(files.split(/\s+/).map((file) => load<object>(file))))) as LiveBench;
}

/** An encoder that sees nothing but what lies in each cell: the means of its pixels, `[gridSide², 3]`. */
export function cellMeans({ inputSide, gridSide }: Facts): Encode {
  const cell = inputSide / gridSide;
  return (rgb) => {
    const out = new Float32Array(gridSide ** 2 * 3);
    for (let i = 0; i < rgb.length; i++) {
      const [pixel, c] = [Math.floor(i / 3), i % 3];
      const [row, column] = [Math.floor(pixel / inputSide / cell), Math.floor((pixel % inputSide) / cell)];
      out[(row * gridSide + column) * 3 + c]! += rgb[i]! / cell ** 2;
    }
    return Promise.resolve(out);
  };
}

/** The method that sends every frame whole at one scale. */
export function everyFrame({ wholeFrameStream, everyNth }: LiveBench, side: number): Method {
  return wholeFrameStream({ side, rule: everyNth(1) });
}
