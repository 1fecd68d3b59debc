import { FramenestError } from '../errors.ts';
import type { InputKind } from './input-kind.ts';
import { redactInput, redactText } from './redact.ts';
import type { VideoStream } from './stream-choice.ts';

/** The local file does not exist. */
export function missing(input: string): FramenestError {
  return new FramenestError('INPUT_MISSING', {
    what: `There is no file "${redactInput(input)}".`,
    mend: 'Check the path; a relative one counts from the working directory.',
  });
}

/** It is there, but no video can be read from it. `reason` may repeat the input: it is redacted here. */
export function unreadable(input: string, reason: string): FramenestError {
  return new FramenestError('INPUT_UNREADABLE', {
    what: `"${redactInput(input)}" cannot be read as a video: ${redactText(reason, input)}.`,
    mend: 'Give a video file, a stream URL or a capture device that FFmpeg can read.',
  });
}

/** The network input did not answer, or refused. */
export function unreachable(input: string, { timeoutMs }: InputKind, reason: string): FramenestError {
  return new FramenestError('INPUT_UNREACHABLE', {
    what: `"${redactInput(input)}" cannot be reached: ${redactText(reason, input)}.`,
    mend: `Check address, port and credentials; it has ${timeoutMs / 1000} s to answer.`,
  });
}

/** None of its video streams can be decoded. Of a camera that sends no picture in time one is known by its name alone. */
export function noVideo(input: string, kind: InputKind, streams: readonly VideoStream[]): FramenestError {
  if (kind.live && kind.network && streams.length > 0) return unreachable(input, kind, 'no picture came');
  return unreadable(input, 'it has no video stream');
}

/** Opening was given up because the caller's signal aborted. */
export function aborted(input: string): FramenestError {
  return new FramenestError('ABORTED', {
    what: `Opening "${redactInput(input)}" was aborted.`,
    mend: 'Open it again when it is wanted.',
  });
}

/**
 * Chooses among them for an input that FFmpeg would not open. `garbage`: FFmpeg got bytes and could not make a video
 * of them, which no retry changes.
 */
export function refused(kind: InputKind, input: string, reason: string, garbage: boolean): FramenestError {
  // A camera that does not answer in time looks like garbage to ffprobe.
  return kind.network && (kind.live || !garbage) ? unreachable(input, kind, reason) : unreadable(input, reason);
}
