import type { Dimension } from './model-card.ts';

/** One input or output as the ONNX file declares it. */
export interface TensorSignature {
  readonly name: string;
  /** `float32`, `float16`, `uint8`, `int64`, …; `other` for what is no tensor. */
  readonly dtype: string;
  /** Sizes, or names of free axes ('' where one has none). Empty where the file says nothing. */
  readonly dims: readonly Dimension[];
}

/** Inputs and outputs of an ONNX file in its own order. */
export interface ModelSignature {
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
}

/** `pixel_values float32 [batch, 3, 384, 384]`, for errors; a free axis without a name is a question mark. */
export function describeTensor(tensor: TensorSignature): string {
  return `${tensor.name} ${tensor.dtype} [${tensor.dims.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;
}
