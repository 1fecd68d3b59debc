import { FramenestError } from '#dist/errors.js';

/** The FramenestError that a promise rejects with. Anything else is thrown on. */
export async function rejection(promise: Promise<unknown>): Promise<FramenestError> {
  const thrown: unknown = await promise.then(
    () => new Error('Nothing was thrown.'),
    (error: unknown) => error,
  );
  if (thrown instanceof FramenestError) return thrown;
  throw thrown;
}
