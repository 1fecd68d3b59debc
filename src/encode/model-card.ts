import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { FramenestError } from '../errors.ts';
import type { EncoderFacts, Resample, ResizeMode } from '../media/vision-encoder.ts';
import { pathBelowCard, textCardSchema } from './text-card.ts';
import type { TextCard } from './text-card.ts';

/** Name of the card's file beside an ONNX file. */
export const cardFileName = 'framenest.json';

/** Positions on the wire are level × 1024 + raster index, so a grid has at most 32 × 32 cells. */
export const maxGridSide = 32;

/** One axis of a tensor: its size, or the name of an axis that may have any size. */
export type Dimension = number | string;

/** Three numbers, one for red, green and blue in this order. */
export type Rgb = readonly [number, number, number];

/**
 * Everything that is needed to run an ONNX vision encoder and to read its output. The file `framenest.json` holds
 * exactly this; fields marked with a default may be left out there.
 */
export interface ModelCard {
  /** What people call it; part of no computation. */
  readonly name: string;
  /** The ONNX file, relative to the card, with `/` between folders. */
  readonly file: string;
  readonly inputName: string;
  /** Four axes in the order of `layout`. The first is 1 or the name of a free axis; height and width are equal. */
  readonly inputShape: readonly [Dimension, number, number, number];
  /** Order of the input's axes; default `NCHW`. */
  readonly layout: 'NCHW' | 'NHWC';
  /** Of the input; default `float32`. With `uint8` the model normalises by itself and gets the bytes as they are. */
  readonly dtype: 'float32' | 'float16' | 'uint8';
  /** Default 1/255. A colour value v of 0 … 255 enters the model as `(v * rescale - mean) / std`. */
  readonly rescale: number;
  /** See `rescale`; in units of the rescaled value. */
  readonly mean: Rgb;
  /** See `rescale`; each greater than 0. */
  readonly std: Rgb;
  /** How a frame becomes the square; default `stretch`. */
  readonly resize: ResizeMode;
  /** The scaler's kernel: `bicubic` (default), `bilinear`, or `area`, the mean of the pixels that fall into one. */
  readonly resample: Resample;
  /** An output that the file declares, or any inner value of its graph, which is then made an output. */
  readonly outputName: string;
  /** `tokens`: [batch, prefixTokens + gridSide², channels]; `channels-first`: [batch, channels, gridSide, gridSide]. */
  readonly outputLayout: 'tokens' | 'channels-first';
  /** Leading tokens that are no patches and are dropped: the class token, registers. Default 0. */
  readonly prefixTokens: number;
  /** Rows, and columns, of the patch grid: 1 … 32. */
  readonly gridSide: number;
  readonly channels: number;
  /** Whether the output comes before or after the host model's projector; default `pre`. */
  readonly stage: 'pre' | 'post';
  /** SPDX expression of the weights. */
  readonly license?: string | undefined;
  /** Where the weights come from. */
  readonly source?: string | undefined;
  /** Of the ONNX file, 64 hexadecimal digits. Where given it is checked before the model is loaded. */
  readonly sha256?: string | undefined;
  /** The text tower that queries are read with, where there is one. No part of the digest: the features stay the same. */
  readonly text?: TextCard | undefined;
}

const channel = z.number();
const deviation = z.number().positive();
const size = z.number().int().min(1).max(4096);

const cardSchema = z.strictObject({
  name: z.string().min(1).max(128),
  file: pathBelowCard('onnx'),
  inputName: z.string().min(1),
  inputShape: z.tuple([z.union([z.string().min(1), z.literal(1)]), size, size, size]),
  layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
  dtype: z.enum(['float32', 'float16', 'uint8']).default('float32'),
  rescale: z
    .number()
    .positive()
    .default(1 / 255),
  mean: z.tuple([channel, channel, channel]),
  std: z.tuple([deviation, deviation, deviation]),
  resize: z.enum(['stretch', 'pad', 'crop']).default('stretch'),
  resample: z.enum(['bicubic', 'bilinear', 'area']).default('bicubic'),
  outputName: z.string().min(1),
  outputLayout: z.enum(['tokens', 'channels-first']),
  prefixTokens: z.number().int().min(0).max(64).default(0),
  gridSide: z.number().int().min(1).max(maxGridSide),
  channels: z.number().int().min(1).max(65_536),
  stage: z.enum(['pre', 'post']).default('pre'),
  license: z.string().optional(),
  source: z.string().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')
    .optional(),
  text: textCardSchema.optional(),
});

/**
 * Checks what was read from a card.
 * @param value the parsed JSON
 * @param where how to name the card in an error: its path
 * @throws FramenestError ENCODER_CARD_INVALID naming the first wrong field, its value and what is wanted
 */
export function parseModelCard(value: unknown, where: string): ModelCard {
  const result = cardSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = issue?.path ?? [];
    const field = path.length > 0 ? `Field "${path.map(String).join('.')}"` : 'The card';
    const found = path.length > 0 ? ` is ${shown(at(value, path))}` : '';
    throw invalid(where, `${field}${found}: ${issue?.message ?? 'not a model card'}`);
  }
  checkTogether(result.data, where);
  return result.data;
}

/**
 * Reads and checks a card file.
 * @throws FramenestError ENCODER_CARD_INVALID also where the file is missing or no JSON
 */
export async function readModelCard(path: string): Promise<ModelCard> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'The file is no JSON' : 'The file cannot be read';
    throw invalid(path, `${reason}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  return parseModelCard(value, path);
}

/** Pixels of the card's square input. */
export function inputSideOf(card: Pick<ModelCard, 'layout' | 'inputShape'>): number {
  return card.layout === 'NCHW' ? card.inputShape[2] : card.inputShape[1];
}

/** The card as the pipeline sees it. `digest` as `encoderDigest` gives it. */
export function factsOf(card: ModelCard, digest: string): EncoderFacts {
  const grey = (value: number): number => Math.min(255, Math.max(0, Math.round(value / card.rescale)));
  const [r, g, b] = card.mean;
  return {
    name: card.name,
    inputSide: inputSideOf(card),
    resize: card.resize,
    resample: card.resample,
    padColor: [grey(r), grey(g), grey(b)],
    gridSide: card.gridSide,
    channels: card.channels,
    stage: card.stage,
    digest,
  };
}

function checkTogether(card: ModelCard, where: string): void {
  const wanted = card.layout === 'NCHW' ? '["batch", 3, side, side]' : '["batch", side, side, 3]';
  if (!isSquareRgb(card)) {
    throw invalid(where, `Field "inputShape" is ${shown(card.inputShape)}: expected ${wanted} for ${card.layout}`);
  }
  if (card.outputLayout === 'channels-first' && card.prefixTokens > 0) {
    const reason = 'expected 0, since only the output layout "tokens" can have leading tokens';
    throw invalid(where, `Field "prefixTokens" is ${card.prefixTokens}: ${reason}`);
  }
  if (card.dtype === 'uint8' && !leavesBytes(card)) {
    const reason = 'with it the bytes enter as they are: expected rescale 1, mean [0, 0, 0] and std [1, 1, 1]';
    throw invalid(where, `Field "dtype" is "uint8": ${reason}`);
  }
}

function isSquareRgb({ layout, inputShape: [, a, b, c] }: ModelCard): boolean {
  return layout === 'NCHW' ? a === 3 && b === c : c === 3 && a === b;
}

function leavesBytes({ rescale, mean, std }: ModelCard): boolean {
  return rescale === 1 && mean.every((m) => m === 0) && std.every((s) => s === 1);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function invalid(where: string, what: string, cause?: unknown): FramenestError {
  return new FramenestError('ENCODER_CARD_INVALID', {
    what: `The encoder card ${where} is wrong. ${what}.`,
    mend: 'Correct the field; docs/encoders.md describes each one.',
    cause,
  });
}
