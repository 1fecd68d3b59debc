import { FramenestError } from '../errors.ts';
import { inputSideOf } from './model-card.ts';
import type { Dimension, ModelCard } from './model-card.ts';
import { describeTensor } from './model-signature.ts';
import type { ModelSignature, TensorSignature } from './model-signature.ts';

const usualMend = 'Correct the card, or use the ONNX file that it was written for.';

/**
 * Compares what a card says with what the model declares. Free axes pass here; {@link checkOutputShape} looks at what
 * really comes out.
 * @throws FramenestError ENCODER_MISMATCH with what the card says and what the model has
 */
export function checkSignature(card: ModelCard, signature: ModelSignature): void {
  const input = signature.inputs.find((tensor) => tensor.name === card.inputName);
  if (!input) throw mismatch(card, `an input named "${card.inputName}"`, `only ${listed(signature.inputs)}`);
  if (input.dtype !== card.dtype) throw mismatch(card, `input dtype "${card.dtype}"`, describeTensor(input));
  if (!fits(card.inputShape, input.dims)) {
    throw mismatch(card, `input shape [${card.inputShape.join(', ')}]`, describeTensor(input));
  }
  const others = signature.inputs.filter((tensor) => tensor.name !== card.inputName);
  if (others.length > 0) {
    const found = `the further inputs ${others.map(describeTensor).join(', ')}`;
    throw mismatch(card, `the one input "${card.inputName}"`, found);
  }
  const output = signature.outputs.find((tensor) => tensor.name === card.outputName);
  if (!output) throw mismatch(card, `an output named "${card.outputName}"`, `only ${listed(signature.outputs)}`);
  if (output.dtype !== 'float32' && output.dtype !== 'float16') {
    throw mismatch(card, `a float32 or float16 output "${card.outputName}"`, describeTensor(output));
  }
  if (!fits(outputShape(card, 'batch'), output.dims)) {
    throw mismatch(card, `output shape [${outputShape(card, 'batch').join(', ')}]`, describeTensor(output));
  }
}

/** Whether the file itself names the card's output; else it may be an inner value of the graph. */
export function declaresOutput(card: ModelCard, { outputs }: ModelSignature): boolean {
  return outputs.some((tensor) => tensor.name === card.outputName);
}

/**
 * The error for a card whose output is neither declared nor an inner value.
 * @param reason what the runtime said when the inner value was to become an output
 * @returns ENCODER_MISMATCH with the outputs that the file declares
 */
export function noSuchOutput(card: ModelCard, { outputs }: ModelSignature, reason: string): FramenestError {
  const found = `only ${listed(outputs)}, and no inner value that can be made an output (${reason})`;
  return mismatch(
    card,
    `an output named "${card.outputName}"`,
    found,
    'Correct "outputName" (a viewer such as Netron shows what inner values are called), or export the model with that output; docs/encoders.md shows how.',
  );
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

function listed(tensors: readonly TensorSignature[]): string {
  return tensors.length === 0 ? 'none' : tensors.map(describeTensor).join(', ');
}

function mismatch(card: ModelCard, expected: string, found: string, mend = usualMend): FramenestError {
  return new FramenestError('ENCODER_MISMATCH', {
    what: `The card of "${card.name}" expects ${expected}; the model ${card.file} has ${found}.`,
    mend,
  });
}
