import { FramenestError } from '../errors.ts';
import { maxGridSide, parseModelCard } from './model-card.ts';
import type { ModelCard } from './model-card.ts';
import { describeTensor } from './model-signature.ts';
import type { ModelSignature, TensorSignature } from './model-signature.ts';

/** Pixels, for a model that leaves its height and width free. */
const usualSide = 384;

/** Outputs that are patch tokens by their names, the surest first. */
const tokenNames = ['patch_tokens', 'last_hidden_state'];

interface ImageInput {
  readonly layout: 'NCHW' | 'NHWC';
  readonly side: number;
}

interface GridOutput {
  readonly tensor: TensorSignature;
  readonly outputLayout: 'tokens' | 'channels-first';
  readonly prefixTokens: number;
  readonly gridSide: number;
  readonly channels: number;
}

/**
 * Derives a card from an ONNX file alone. Taken for granted: RGB that enters as `x / 127.5 - 1` (bytes as they are
 * for a `uint8` input), frames stretched to the square, features from before a projector, 384 px where the model
 * leaves its size free. Wanted of the model: one input with four axes, three of colour and a square picture; and one
 * output whose declared shape is a square grid of at most 32 × 32, with at most one token before it. Of several such
 * outputs `patch_tokens` and `last_hidden_state` win.
 * @param file the ONNX file's name, for the card
 * @throws FramenestError ENCODER_CARD_INVALID where any of it does not hold or two outputs fit
 */
export function deriveBareCard(name: string, file: string, signature: ModelSignature, where: string): ModelCard {
  const [input, ...others] = signature.inputs;
  const image = input && others.length === 0 ? imageOf(input) : undefined;
  if (!input || !image) {
    throw ambiguous(where, `its inputs are ${signature.inputs.map(describeTensor).join(', ')}`);
  }
  const { tensor, ...grid } = chooseGrid(signature.outputs, where);
  const batch = input.dims[0] === 1 ? 1 : 'batch';
  const { layout, side } = image;
  const raw = { rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
  const halves = { rescale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  const fields = {
    name,
    file,
    inputName: input.name,
    inputShape: layout === 'NCHW' ? [batch, 3, side, side] : [batch, side, side, 3],
    layout,
    dtype: input.dtype,
    ...(input.dtype === 'uint8' ? raw : halves),
    outputName: tensor.name,
    ...grid,
  };
  return parseModelCard(fields, `derived from ${where}`);
}

function imageOf({ dims }: TensorSignature): ImageInput | undefined {
  if (dims.length !== 4) return undefined;
  const layout = dims[1] === 3 ? 'NCHW' : dims[3] === 3 ? 'NHWC' : undefined;
  if (!layout) return undefined;
  const [height, width] = layout === 'NCHW' ? dims.slice(2) : dims.slice(1, 3);
  if (typeof height === 'string' && typeof width === 'string') return { layout, side: usualSide };
  return typeof height === 'number' && height === width ? { layout, side: height } : undefined;
}

function chooseGrid(outputs: readonly TensorSignature[], where: string): GridOutput {
  const grids = outputs.flatMap((tensor) => gridOf(tensor) ?? []);
  const byName = tokenNames.flatMap((name) => grids.find(({ tensor }) => tensor.name === name) ?? []);
  const choice = byName[0] ?? (grids.length === 1 ? grids[0] : undefined);
  if (choice) return choice;
  const found = outputs.map(describeTensor).join(', ');
  throw ambiguous(where, `${grids.length} of its outputs are a square patch grid: ${found}`);
}

function gridOf(tensor: TensorSignature): GridOutput | undefined {
  const [, a, b, c] = tensor.dims;
  if (typeof a !== 'number' || typeof b !== 'number') return undefined;
  if (tensor.dims.length === 3) return tokenGrid(tensor, a, b);
  const square = tensor.dims.length === 4 && b === c && b <= maxGridSide;
  return square ? { tensor, outputLayout: 'channels-first', prefixTokens: 0, gridSide: b, channels: a } : undefined;
}

function tokenGrid(tensor: TensorSignature, tokens: number, channels: number): GridOutput | undefined {
  for (const prefixTokens of [0, 1]) {
    const gridSide = Math.sqrt(tokens - prefixTokens);
    if (Number.isInteger(gridSide) && gridSide >= 1 && gridSide <= maxGridSide) {
      return { tensor, outputLayout: 'tokens', prefixTokens, gridSide, channels };
    }
  }
  return undefined;
}

function ambiguous(where: string, what: string): FramenestError {
  return new FramenestError('ENCODER_CARD_INVALID', {
    what: `${where} has no card beside it and none can be derived: ${what}.`,
    mend: 'Write a framenest.json beside the ONNX file; docs/encoders.md describes its fields.',
  });
}
