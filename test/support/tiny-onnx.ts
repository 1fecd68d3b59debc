import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onnx } from 'onnx-proto';
import { onTestFinished } from 'vitest';

/** A patch embedding small enough to compute by hand; see {@link expectedGrid}. */
export interface TinyModel {
  /** Pixels; a multiple of `patch`. */
  readonly side: number;
  /** Pixels. */
  readonly patch: number;
  readonly channels: number;
  readonly layout?: 'NCHW' | 'NHWC';
  readonly dtype?: 'float32' | 'float16' | 'uint8';
  readonly outputLayout?: 'tokens' | 'channels-first';
  /** Tokens of value 99 before the patches. */
  readonly prefixTokens?: number;
  /** Fixes the batch axis. */
  readonly batch?: 1;
  /** Leaves height and width free. */
  readonly freeSize?: boolean;
  readonly halfOutput?: boolean;
  /** The model fails on a batch with a value above this one (of the normalised input). */
  readonly failAbove?: number;
  /** Names of input and output. */
  readonly names?: readonly [string, string];
}

const { DataType } = onnx.TensorProto;
const { AttributeType } = onnx.AttributeProto;
const dtypes = { float32: DataType.FLOAT, float16: DataType.FLOAT16, uint8: DataType.UINT8 };

/**
 * The bytes of an ONNX model: a convolution of `patch` × `patch` with the same stride. Channel c of a cell is
 * (c + 1) × the sum of the cell's normalised red, green or blue (c modulo 3).
 */
export function tinyOnnx(model: TinyModel): Uint8Array {
  const { side, patch, channels, dtype = 'float32', outputLayout = 'channels-first' } = model;
  const [inputName, outputName] = model.names ?? ['image', 'grid'];
  const cells = (side / patch) ** 2;
  const nodes = [
    node('Cast', [inputName], 'floats', [int('to', DataType.FLOAT)]),
    node('Transpose', ['floats'], 'planes', [ints('perm', model.layout === 'NHWC' ? [0, 3, 1, 2] : [0, 1, 2, 3])]),
    node('Conv', ['planes', 'weights'], 'conv', [
      ints('kernel_shape', [patch, patch]),
      ints('strides', [patch, patch]),
    ]),
    ...guard(model, 'planes', 'conv', 'cells'),
  ];
  if (outputLayout === 'tokens') {
    nodes.push(
      node('Reshape', ['cells', 'flat'], 'rows'),
      node('Transpose', ['rows'], 'tokens', [ints('perm', [0, 2, 1])]),
      node('Pad', ['tokens', 'pads', 'padValue'], 'result'),
    );
  } else nodes.push(node('Identity', ['cells'], 'result'));
  const output = model.halfOutput ? DataType.FLOAT16 : DataType.FLOAT;
  nodes.push(node('Cast', ['result'], outputName, [int('to', output)]));
  const prefix = model.prefixTokens ?? 0;
  const batch = model.batch ?? 'batch';
  const edge = (name: string): string | number => (model.freeSize ? name : side);
  const size = model.layout === 'NHWC' ? [edge('height'), edge('width'), 3] : [3, edge('height'), edge('width')];
  const grid = side / patch;
  const shape = outputLayout === 'tokens' ? [prefix + cells, channels] : [channels, grid, grid];
  const graph = onnx.GraphProto.create({
    name: 'tiny',
    node: nodes,
    input: [value(inputName, dtypes[dtype], [batch, ...size])],
    output: [value(outputName, output, [batch, ...(model.freeSize ? shape.map((_, i) => `o${i}`) : shape)])],
    initializer: [
      floats('weights', [channels, 3, patch, patch], weights(channels, patch)),
      integers('flat', [0, channels, -1]),
      integers('pads', [0, prefix, 0, 0, 0, 0]),
      floats('padValue', [], [99]),
      floats('zeros', [(model.failAbove ?? 0) + 1], Array<number>((model.failAbove ?? 0) + 1).fill(0)),
    ],
  });
  const proto = onnx.ModelProto.create({ irVersion: 8, opsetImport: [{ domain: '', version: 13 }], graph });
  return onnx.ModelProto.encode(proto).finish();
}

/** The card of a {@link tinyOnnx}, as in a file: (v × 1/255 − 0) / 1, so that a byte of 255 enters as 1. */
export function tinyCard(model: TinyModel): Record<string, unknown> {
  const { side, layout = 'NCHW', dtype = 'float32' } = model;
  const [inputName, outputName] = model.names ?? ['image', 'grid'];
  const batch = model.batch ?? 'batch';
  return {
    name: 'tiny',
    file: 'tiny.onnx',
    inputName,
    inputShape: layout === 'NCHW' ? [batch, 3, side, side] : [batch, side, side, 3],
    layout,
    dtype,
    rescale: dtype === 'uint8' ? 1 : 1 / 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    outputName,
    outputLayout: model.outputLayout ?? 'channels-first',
    prefixTokens: model.prefixTokens ?? 0,
    gridSide: side / model.patch,
    channels: model.channels,
  };
}

/** `[cells, channels]`, row-major: what {@link tinyOnnx} must give for a frame, straight from its definition. */
export function expectedGrid(model: TinyModel, rgb: Uint8Array): number[] {
  const { side, patch, channels } = model;
  const unit = model.dtype === 'uint8' ? 1 : 1 / 255;
  const result: number[] = [];
  for (let row = 0; row < side / patch; row++) {
    for (let column = 0; column < side / patch; column++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let y = row * patch; y < (row + 1) * patch; y++) {
          for (let x = column * patch; x < (column + 1) * patch; x++) sum += rgb[(y * side + x) * 3 + (c % 3)] ?? 0;
        }
        result.push((c + 1) * sum * unit);
      }
    }
  }
  return result;
}

/** A frame whose bytes are all different in place and depend on `seed`. */
export function tinyFrame(model: TinyModel, seed = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: model.side ** 2 * 3 }, (_, index) => (index * 37 + seed * 101 + (index >> 5)) % 256);
}

/** A folder that the test removes when it ends, with these files (text, bytes, or an object as JSON). */
export async function temporaryFolder(files: Readonly<Record<string, string | Uint8Array | object>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'framenest-encode-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const plain = typeof content === 'string' || content instanceof Uint8Array;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), plain ? content : JSON.stringify(content));
  }
  return folder;
}

/** A folder with a model and its card; `changes` are laid over the card. */
export function tinyFolder(model: TinyModel, changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return temporaryFolder({ 'tiny.onnx': tinyOnnx(model), 'framenest.json': { ...tinyCard(model), ...changes } });
}

function guard(model: TinyModel, planes: string, from: string, to: string): onnx.INodeProto[] {
  if (model.failAbove === undefined) return [node('Identity', [from], to)];
  return [
    node('ReduceMax', [planes], 'largest', [int('keepdims', 0)]),
    node('Cast', ['largest'], 'index', [int('to', DataType.INT64)]),
    node('Gather', ['zeros', 'index'], 'nothing'),
    node('Add', [from, 'nothing'], to),
  ];
}

function weights(channels: number, patch: number): number[] {
  const cell = patch * patch;
  return Array.from({ length: channels * 3 * cell }, (_, index) => {
    const channel = Math.floor(index / (3 * cell));
    return Math.floor(index / cell) % 3 === channel % 3 ? channel + 1 : 0;
  });
}

function node(
  opType: string,
  input: string[],
  output: string,
  attribute: onnx.IAttributeProto[] = [],
): onnx.INodeProto {
  return { opType, input, output: [output], name: `${opType}-${output}`, attribute };
}

function int(name: string, i: number): onnx.IAttributeProto {
  return { name, type: AttributeType.INT, i };
}

function ints(name: string, values: number[]): onnx.IAttributeProto {
  return { name, type: AttributeType.INTS, ints: values };
}

function value(name: string, elemType: number, dims: readonly (number | string)[]): onnx.IValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function floats(name: string, dims: number[], floatData: number[]): onnx.ITensorProto {
  return { name, dims, dataType: DataType.FLOAT, floatData };
}

function integers(name: string, int64Data: number[]): onnx.ITensorProto {
  return { name, dims: [int64Data.length], dataType: DataType.INT64, int64Data };
}
