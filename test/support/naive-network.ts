import type { TfliteModel, TfliteOperator, TfliteTensor } from './converter.ts';

/** Row-major values with their shape; images are [height, width, channels]. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * Computes the tensors whose names start with `wanted` (in that order) operator by operator, with plain loops in double
 * precision. Slow, and obviously right: what the converted network is compared with.
 */
export function runNaively(model: TfliteModel, image: Values, wanted: readonly string[]): Values[] {
  const known = new Map<number, Values>(model.inputs.map((input) => [input, image]));
  const valueOf = (index: number): Values => {
    const maker = model.operators.find(({ outputs }) => outputs.includes(index));
    const values =
      known.get(index) ?? (maker ? compute(maker, maker.inputs.map(valueOf)) : readHalves(model.tensors[index]));
    known.set(index, values);
    return values;
  };
  return wanted.map((name) => valueOf(model.tensors.findIndex((tensor) => tensor.name.startsWith(name))));
}

function compute({ type, options }: TfliteOperator, [first, weights, bias]: readonly Values[]): Values {
  if (first === undefined) throw new Error(`${type} has no input.`);
  const limit = (value: number): number => (options?.activation === 'RELU6' ? Math.min(6, Math.max(0, value)) : value);
  if (type === 'DEQUANTIZE') return first;
  if (weights !== undefined && type === 'ADD') {
    return { shape: first.shape, data: first.data.map((value, index) => limit(value + at(weights.data, index))) };
  }
  if (weights === undefined || bias === undefined || options?.strides === undefined) {
    throw new Error(`The naive network does not know ${type}.`);
  }
  return convolve(first, weights, bias, { strides: options.strides, depthwise: type === 'DEPTHWISE_CONV_2D', limit });
}

interface ConvolutionPlan {
  readonly strides: readonly [number, number];
  readonly depthwise: boolean;
  readonly limit: (value: number) => number;
}

// TFLite pads SAME so that the output has ceil(size / stride) rows; the odd row of padding goes below.
function padBefore(size: number, stride: number, kernel: number): number {
  return Math.floor(Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size) / 2);
}

function convolve(image: Values, weights: Values, bias: Values, plan: ConvolutionPlan): Values {
  const [height, width, depth] = image.shape as [number, number, number];
  const [, kernelHeight, kernelWidth] = weights.shape as [number, number, number];
  const channels = bias.data.length;
  const rows = Math.ceil(height / plan.strides[0]);
  const columns = Math.ceil(width / plan.strides[1]);
  const top = padBefore(height, plan.strides[0], kernelHeight);
  const left = padBefore(width, plan.strides[1], kernelWidth);
  const data = new Float64Array(rows * columns * channels);

  const tap = (row: number, column: number, tapRow: number, tapColumn: number, channel: number): number => {
    const y = row * plan.strides[0] - top + tapRow;
    const x = column * plan.strides[1] - left + tapColumn;
    if (y < 0 || x < 0 || y >= height || x >= width) return 0;
    const pixel = (y * width + x) * depth;
    const place = tapRow * kernelWidth + tapColumn;
    if (plan.depthwise) return at(image.data, pixel + channel) * at(weights.data, place * channels + channel);
    const kernel = (channel * kernelHeight * kernelWidth + place) * depth;
    let sum = 0;
    for (let index = 0; index < depth; index += 1)
      sum += at(image.data, pixel + index) * at(weights.data, kernel + index);
    return sum;
  };

  for (let index = 0; index < data.length; index += 1) {
    const channel = index % channels;
    const column = Math.floor(index / channels) % columns;
    const row = Math.floor(index / channels / columns);
    let sum = at(bias.data, channel);
    for (let place = 0; place < kernelHeight * kernelWidth; place += 1) {
      sum += tap(row, column, Math.floor(place / kernelWidth), place % kernelWidth, channel);
    }
    data[index] = plan.limit(sum);
  }
  return { shape: [rows, columns, channels], data };
}

function readHalves(tensor: TfliteTensor | undefined): Values {
  if (tensor?.type !== 'FLOAT16' || tensor.data.length === 0) throw new Error(`${tensor?.name ?? '?'} has no halves.`);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const data = Float64Array.from({ length: tensor.data.length / 2 }, (_, index) =>
    half(view.getUint16(2 * index, true)),
  );
  return { shape: tensor.shape, data };
}

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

function at(data: Float64Array, index: number): number {
  const value = data[index];
  if (value === undefined) throw new Error(`Index ${index} lies outside of ${data.length} values.`);
  return value;
}
