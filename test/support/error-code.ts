import { FramenestError } from '#dist/errors.js';
import type { ErrorCode } from '#dist/errors.js';

/** Runs something that must throw a FramenestError, and returns that error. Anything else thrown is thrown on. */
export function thrownBy(run: () => unknown): FramenestError {
  try {
    run();
  } catch (error) {
    if (error instanceof FramenestError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

/** The code of the FramenestError that `run` throws, or undefined where it throws nothing. */
export function codeOf(run: () => unknown): ErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof FramenestError) return error.code;
    throw error;
  }
}
