import colors from 'picocolors';
import { asFramenestError } from '../errors.ts';

/** Exit statuses: 1 the work failed, 2 the call was wrong, 130 stopped by Ctrl-C. */
const usageCodes = new Set(['OPTION_INVALID', 'LADDER_INVALID', 'ENCODER_UNKNOWN']);

/**
 * Tells a person, and with `json` a program, what went wrong and how to mend it. The stack is shown for defects only.
 * @returns the exit status
 */
export function fail(thrown: unknown, json: boolean): number {
  const error = asFramenestError(thrown);
  const { code, what, mend, retryable } = error;
  process.stderr.write(`${colors.red(`error ${code}`)}  ${what}\n${colors.dim(mend)}\n`);
  if (code === 'INTERNAL') process.stderr.write(`${(error.cause as Error | undefined)?.stack ?? ''}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message: what, mend, retryable } })}\n`);
  if (code === 'ABORTED') return 130;
  return usageCodes.has(code) ? 2 : 1;
}
