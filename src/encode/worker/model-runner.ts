import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { FramenestError } from '../../errors.ts';
import { checkOutputShape, checkSignature } from '../card-check.ts';
import { inputSideOf } from '../model-card.ts';
import type { ModelCard } from '../model-card.ts';
import { InputTensor } from './input-tensor.ts';
import type { FrameResult } from './messages.ts';
import { firstLine, signatureOf } from './ort-session.ts';
import { floatsOf, patchRows } from './patch-rows.ts';

/** A loaded model that was compared with its card. Its runs block the thread and must not overlap. */
export class ModelRunner {
  readonly #session: InferenceSession;
  readonly #card: ModelCard;
  readonly #input: InputTensor;

  constructor(session: InferenceSession, card: ModelCard) {
    checkSignature(card, signatureOf(session));
    this.#session = session;
    this.#card = card;
    this.#input = new InputTensor(card);
  }

  /**
   * Runs one black frame and looks at what comes out.
   * @throws FramenestError ENCODER_MISMATCH for another shape, or where the model fails on the card's input size or
   * gives something that is no number
   */
  async dryRun(): Promise<void> {
    const black = new Uint8Array(inputSideOf(this.#card) ** 2 * 3);
    let output: Tensor;
    try {
      output = await this.#infer([black]);
    } catch (cause) {
      throw this.#mismatch(`fails on one frame of ${inputSideOf(this.#card)} px: ${firstLine(cause)}`, cause);
    }
    checkOutputShape(this.#card, output.dims, 1);
    const odd = floatsOf(output).find((value) => !Number.isFinite(value));
    if (odd !== undefined) throw this.#mismatch(`gives ${odd} for a black frame`);
  }

  /**
   * @param sides - side of the grid that each frame wants: block means are taken here
   * @returns one result a frame, in order. A batch that fails is run again frame by frame, so that a frame fails
   * alone; what the runtime said stands in its place.
   */
  async encode(frames: readonly Uint8Array[], sides: readonly number[]): Promise<FrameResult[]> {
    try {
      return patchRows(await this.#infer(frames), this.#card, sides);
    } catch (thrown) {
      if (frames.length === 1) return [firstLine(thrown)];
      const results: FrameResult[] = [];
      for (const [i, frame] of frames.entries()) results.push(...(await this.encode([frame], sides.slice(i, i + 1))));
      return results;
    }
  }

  /** Frees the model's memory. The runner is of no use afterwards. */
  release(): Promise<void> {
    return this.#session.release();
  }

  async #infer(frames: readonly Uint8Array[]): Promise<Tensor> {
    const { inputName, outputName } = this.#card;
    const outputs = await this.#session.run({ [inputName]: this.#input.fill(frames) }, [outputName]);
    const output = outputs[outputName];
    if (!output) throw new Error(`The model gave no "${outputName}".`);
    return output;
  }

  #mismatch(what: string, cause?: unknown): FramenestError {
    return new FramenestError('ENCODER_MISMATCH', {
      what: `The model ${this.#card.file} of "${this.#card.name}" ${what}.`,
      mend: 'Check the input shape and the number format in the card, and that the file is whole.',
      cause,
    });
  }
}
