import { CommanderError } from 'commander';
import { redactInput } from '../decode/redact.ts';
import { FramenestError, asFramenestError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { errColors } from './render/colors.ts';
import { stopStatus } from './stop-signal.ts';

/** Codes of a call that was wrong from the start. */
const usageCodes = new Set(['OPTION_INVALID', 'LADDER_INVALID', 'CONFIG_INVALID', 'ENCODER_UNKNOWN', 'LISTEN_REFUSED']);

/** Exit statuses, for the help. */
export const exitStatuses =
  'Exit status: 0 done, 1 the work failed, 2 the call was wrong, 130 stopped by Ctrl-C, 143 by SIGTERM.';

/**
 * Tells a person, and with `json` a program, what went wrong and how to mend it. The stack is shown for defects only.
 * @returns the exit status
 */
export function fail(thrown: unknown, json: boolean): number {
  // Help and version were printed; for help that nobody asked for, the call lacked a command.
  if (thrown instanceof CommanderError && /^commander\.(help|version)/.test(thrown.code)) {
    return thrown.exitCode === 0 ? 0 : 2;
  }
  const error = thrown instanceof CommanderError ? wrongCall(thrown) : asFramenestError(thrown);
  const { code, what, mend, retryable } = error;
  process.stderr.write(`${errColors.red(`error ${code}`)}  ${what}\n${errColors.dim(mend)}\n`);
  if (code === 'INTERNAL' && error.cause instanceof Error) process.stderr.write(`${error.cause.stack ?? ''}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message: what, mend, retryable } })}\n`);
  return exitStatus(code);
}

function exitStatus(code: ErrorCode): number {
  if (code === 'ABORTED') return stopStatus() ?? 1;
  return usageCodes.has(code) ? 2 : 1;
}

/** Commander's message: a sentence without a stop, and at times a suggestion on a second line. */
function wrongCall({ message }: CommanderError): FramenestError {
  const [sentence = '', suggestion = ''] = redactInput(message.replace(/^error: /, '')).split('\n');
  const help = 'Add --help to the command to see its options with their units and defaults.';
  return new FramenestError('OPTION_INVALID', {
    what: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${sentence.endsWith('.') ? '' : '.'}`,
    mend: `${suggestion.replace(/^\((.*)\)$/, '$1 ')}${help}`,
  });
}
