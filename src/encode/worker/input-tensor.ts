import { Tensor } from 'onnxruntime-node';
import { inputSideOf } from '../model-card.ts';
import type { ModelCard } from '../model-card.ts';
import { toHalf } from '../../wire/float-formats.ts';

type Pixels = Float32Array | Uint16Array | Uint8Array;

/**
 * RGB24 bytes → the model's input: float32 planes by one multiplication and addition a value, every other format through
 * one table of 256 values a colour. The buffer behind the tensor is kept and written again by the next call: the session
 * must have read it by then.
 */
export class InputTensor {
  readonly #card: ModelCard;
  readonly #tables: readonly Pixels[];
  readonly #pixels: number;
  #buffer: Pixels;

  constructor(card: ModelCard) {
    this.#card = card;
    this.#pixels = inputSideOf(card) ** 2;
    this.#tables = [0, 1, 2].map((colour) => table(card, colour));
    this.#buffer = allocate(card, 0);
  }

  /** @param frames RGB24 squares of the card's side, at least one */
  fill(frames: readonly Uint8Array[]): Tensor {
    const length = frames.length * this.#pixels * 3;
    if (this.#buffer.length < length) this.#buffer = allocate(this.#card, length);
    frames.forEach((frame, index) => this.#write(frame, index * this.#pixels * 3));
    const { dtype, inputShape } = this.#card;
    return tensor(dtype, this.#buffer.subarray(0, length), [frames.length, ...inputShape.slice(1).map(Number)]);
  }

  #write(rgb: Uint8Array, start: number): void {
    const [red, green, blue] = this.#tables;
    if (!red || !green || !blue) return;
    if (this.#buffer instanceof Float32Array && this.#card.layout === 'NCHW') {
      writeFloatPlanes(this.#buffer, start, rgb, this.#card);
    } else if (this.#card.layout === 'NCHW') writePlanes(this.#buffer, start, rgb, red, green, blue, this.#pixels);
    else writePixels(this.#buffer, start, rgb, red, green, blue);
  }
}

/** Three times as fast as the table: the usual case. */
function writeFloatPlanes(out: Float32Array, start: number, rgb: Uint8Array, { rescale, mean, std }: ModelCard): void {
  const [r, g, b] = [rescale / std[0], rescale / std[1], rescale / std[2]];
  const [r0, g0, b0] = [mean[0] / std[0], mean[1] / std[1], mean[2] / std[2]];
  const pixels = rgb.length / 3;
  const greens = start + pixels;
  const blues = greens + pixels;
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    out[start + i] = rgb[at]! * r - r0;
    out[greens + i] = rgb[at + 1]! * g - g0;
    out[blues + i] = rgb[at + 2]! * b - b0;
  }
}

function writePlanes(
  out: Pixels,
  start: number,
  rgb: Uint8Array,
  red: Pixels,
  green: Pixels,
  blue: Pixels,
  pixels: number,
): void {
  const greens = start + pixels;
  const blues = greens + pixels;
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    out[start + i] = red[rgb[at] ?? 0] ?? 0;
    out[greens + i] = green[rgb[at + 1] ?? 0] ?? 0;
    out[blues + i] = blue[rgb[at + 2] ?? 0] ?? 0;
  }
}

function writePixels(out: Pixels, start: number, rgb: Uint8Array, red: Pixels, green: Pixels, blue: Pixels): void {
  for (let at = 0; at < rgb.length; at += 3) {
    out[start + at] = red[rgb[at] ?? 0] ?? 0;
    out[start + at + 1] = green[rgb[at + 1] ?? 0] ?? 0;
    out[start + at + 2] = blue[rgb[at + 2] ?? 0] ?? 0;
  }
}

function table(card: ModelCard, colour: number): Pixels {
  const mean = card.mean[colour] ?? 0;
  const std = card.std[colour] ?? 1;
  const values = allocate(card, 256);
  for (let v = 0; v < 256; v++) {
    const value = (v * card.rescale - mean) / std;
    values[v] = card.dtype === 'float16' ? toHalf(value) : value;
  }
  return values;
}

function allocate(card: ModelCard, length: number): Pixels {
  if (card.dtype === 'float32') return new Float32Array(length);
  return card.dtype === 'float16' ? new Uint16Array(length) : new Uint8Array(length);
}

function tensor(dtype: ModelCard['dtype'], data: Pixels, dims: readonly number[]): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, dims);
  return data instanceof Uint16Array ? new Tensor('float16', data, dims) : new Tensor(dtype, data, dims);
}
