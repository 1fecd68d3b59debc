import { FramenestError } from '../errors.ts';
import { inputSideOf } from './model-card.ts';
import type { Dimension, ModelCard } from './model-card.ts';
import { describeTensor } from './model-signature.ts';
import type { ModelSignature, TensorSignature } from './model-signature.ts';

/**
 * Compares what a card says with what the model declares. Free axes pass here; {@link checkOutputShape} looks at what
 * really comes out.
 * @throws FramenestError ENCODER_MISMATCH with what the card says and what the model has
 */
export function checkSignature(card: ModelCard, signature: ModelSignature): void {
  const input = named(signature.inputs, card.inputName, 'input', card);
  if (input.dtype !== card.dtype) throw mismatch(card, `input dtype "${card.dtype}"`, describeTensor(input));
  if (!fits(card.inputShape, input.dims)) {
    throw mismatch(card, `input shape [${card.inputShape.join(', ')}]`, describeTensor(input));
  }
  const others = signature.inputs.filter((tensor) => tensor.name !== card.inputName);
  if (others.length > 0) {
    const found = `the further inputs ${others.map(describeTensor).join(', ')}`;
    throw mismatch(card, `the one input "${card.inputName}"`, found);
  }
  const output = named(signature.outputs, card.outputName, 'output', card);
  if (output.dtype !== 'float32' && output.dtype !== 'float16') {
    throw mismatch(card, `a float32 or float16 output "${card.outputName}"`, describeTensor(output));
  }
  if (!fits(outputShape(card, 'batch'), output.dims)) {
    throw mismatch(card, `output shape [${outputShape(card, 'batch').join(', ')}]`, describeTensor(output));
  }
}

/**
 * @param dims of the output of one real run
 * @throws FramenestError ENCODER_MISMATCH
 */
export function checkOutputShape(card: ModelCard, dims: readonly number[], frames: number): void {
  const expected = outputShape(card, frames);
  if (dims.length !== expected.length || dims.some((dim, axis) => dim !== expected[axis])) {
    const from = `from ${frames} frame of ${inputSideOf(card)} px`;
    throw mismatch(card, `output shape [${expected.join(', ')}]`, `${card.outputName} [${dims.join(', ')}] ${from}`);
  }
}

/** Frames that one run can take at most: 1 where the card or the model fixes the batch axis, else `wanted`. */
export function batchLimit(card: ModelCard, signature: ModelSignature, wanted: number): number {
  const input = signature.inputs.find((tensor) => tensor.name === card.inputName);
  const fixed = typeof card.inputShape[0] === 'number' || typeof input?.dims[0] === 'number';
  return fixed ? 1 : wanted;
}

function outputShape(card: ModelCard, batch: Dimension): Dimension[] {
  return card.outputLayout === 'tokens'
    ? [batch, card.prefixTokens + card.gridSide ** 2, card.channels]
    : [batch, card.channels, card.gridSide, card.gridSide];
}

/** Whether every axis that both sides fix has the same size. A model that declares no axes at all fits. */
function fits(card: readonly Dimension[], model: readonly Dimension[]): boolean {
  if (model.length === 0) return true;
  if (model.length !== card.length) return false;
  return card.every((size, axis) => {
    const found = model[axis];
    return typeof size === 'string' || typeof found === 'string' || size === found;
  });
}

function named(
  tensors: readonly TensorSignature[],
  name: string,
  role: 'input' | 'output',
  card: ModelCard,
): TensorSignature {
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (tensor) return tensor;
  const found = tensors.map(describeTensor).join(', ');
  throw mismatch(card, `an ${role} named "${name}"`, `only ${found === '' ? 'none' : found}`);
}

function mismatch(card: ModelCard, expected: string, found: string): FramenestError {
  return new FramenestError('ENCODER_MISMATCH', {
    what: `The card of "${card.name}" expects ${expected}; the model ${card.file} has ${found}.`,
    mend: 'Correct the card, or use the ONNX file that it was written for.',
  });
}
