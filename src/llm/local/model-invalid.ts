import { FramenestError } from '../../errors.ts';

/**
 * The error for a folder that holds no usable model.
 * @param what one sentence that names the file
 * @param mend one sentence
 */
export function modelInvalid(what: string, mend: string, cause?: unknown): FramenestError {
  return new FramenestError('MODEL_INVALID', { what, mend, cause });
}
