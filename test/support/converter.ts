import { fileURLToPath } from 'node:url';

/** A TFLite tensor: `data` holds the little-endian bytes of a constant and is empty otherwise. */
export interface TfliteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly data: Uint8Array;
}

/** A TFLite operator; its inputs and outputs are indices of tensors. */
export interface TfliteOperator {
  readonly type: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: { readonly activation?: string; readonly strides?: readonly [number, number] };
}

export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
}

interface Converter {
  /** Path of the pack inside the installed package. */
  findPack(): string;
  /** The TFLite file's bytes inside the pack. */
  readPackedModel(pack: string): Uint8Array;
  readTflite(bytes: Uint8Array): TfliteModel;
  /** The ONNX file's bytes. */
  convertPack(pack: string): Uint8Array;
  makeEncoder(job: { outFile: string; sha256: string; pack?: string }): { bytes: number };
}

const folder = new URL('../../scripts/convert-encoder/', import.meta.url);
const files = ['packed-model.mjs', 'read-tflite.mjs', 'make-encoder.mjs'];

/** The command that makes the embedded encoder. */
export const converterMain = fileURLToPath(new URL('main.mjs', folder));

/** The converter's functions. It is plain JavaScript outside src/, so its types are stated here. */
export async function loadConverter(): Promise<Converter> {
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href) as Promise<object>));
  return Object.assign({}, ...modules) as Converter;
}
