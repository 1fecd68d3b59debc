import { AV_LOG_QUIET } from 'node-av/constants';
import { Dictionary, FFmpegError, Log } from 'node-av/lib';

// libav writes to stderr by itself, credentials included; what matters of it is in the errors.
Log.setLevel(AV_LOG_QUIET);

/** A failed libav call: AVERROR number and the call's name. Caught inside src/decode, never thrown to a caller. */
export class LibavError extends Error {
  readonly number: number;
  /** libav's words for the number. */
  readonly reason: string;

  constructor(number: number, call: string) {
    const reason = FFmpegError.strerror(number);
    super(`${call}: ${reason}`);
    this.number = number;
    this.reason = reason;
  }
}

/** Passes a libav result on. @throws LibavError when it is negative. */
export function checked(result: number, call: string): number {
  if (result < 0) throw new LibavError(result, call);
  return result;
}

/** Runs `use` with the options as libav wants them and frees them, also those that were not recognised. */
export async function withOptions<T>(
  options: Readonly<Record<string, string>>,
  use: (dictionary: Dictionary) => Promise<T>,
): Promise<T> {
  const dictionary = Dictionary.fromObject(options);
  try {
    return await use(dictionary);
  } finally {
    dictionary.free();
  }
}
