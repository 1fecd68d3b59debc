import { FramenestError } from '../../errors.ts';
import type { TokenExpectation } from '../host.ts';
import type { HeldFrame, TokenContent, TokenOrigin, WindowView } from '../window-frame.ts';
import type { HostIdentity } from './host-error.ts';

/** Most bytes of payload in one request, as base64: the text of a request must stay below 2^29 characters in V8. */
const longestPayloadBytes = 400 * 1_048_576;

/** What else than the model bounds a window. */
export interface WindowLimits {
  readonly host: HostIdentity;
  /** Tokens; undefined where the host does not say. */
  readonly contextTokens: number | undefined;
  /** Most tokens of the answer. */
  readonly answerTokens: number;
  /** Of one value as it is sent. */
  readonly bytesPerValue: number;
}

/** Frames whose values were seen to be finite: they never change, and a window is sent again and again. */
const finite = new WeakSet<Float32Array>();

/**
 * Compares where tokens come from with what a model expects.
 * @param model - its name, for people
 * @throws FramenestError HOST_MISMATCH saying what differs: stage, channels or digest
 */
export function checkOrigin(origin: TokenOrigin, expects: TokenExpectation, model: string): void {
  if (origin.stage !== 'post') {
    throw mismatch(
      `The tokens were taken before the projector (stage "pre"), and "${model}" expects them after it.`,
      'Use an encoder that holds the projector of the model: docs/models.md exports one.',
    );
  }
  if (origin.channels !== expects.channels) {
    throw mismatch(
      `The tokens have ${origin.channels} channels, and "${model}" expects ${expects.channels}.`,
      'Use the encoder that belongs to the model (docs/models.md).',
    );
  }
  if (expects.encoder !== undefined && origin.encoder !== expects.encoder) {
    throw mismatch(
      `The tokens are of the encoder ${origin.encoder}, and "${model}" expects those of ${expects.encoder}.`,
      'Use that encoder, or take the digest out of what the host expects.',
    );
  }
}

/**
 * Checks every frame of a window, since a wrong shape can end a host.
 * @throws FramenestError HOST_MISMATCH for a frame with other channels, with more or fewer values than its tokens have,
 * with tokens that are no square where the model wants a grid, or with a value that is no finite number; CONTEXT_FULL where
 * all of them together are more than {@link longestPayloadBytes}, or than the context of the host has room for
 */
export function checkFrames(view: WindowView<TokenContent>, expects: TokenExpectation, limits: WindowLimits): void {
  const frames = view.parts.flatMap((part) => (part.type === 'frame' ? [part.frame] : []));
  for (const frame of frames) checkFrame(frame, expects);
  const tokens = frames.reduce((sum, frame) => sum + frame.tokens, 0);
  const { host, contextTokens = Infinity, answerTokens, bytesPerValue } = limits;
  if (tokens + answerTokens > contextTokens) {
    throw full(
      `${host.name} has room for ${contextTokens} tokens, the frames have ${tokens} and the answer ${answerTokens}.`,
    );
  }
  const bytes = Math.ceil((tokens * expects.channels * bytesPerValue * 4) / 3);
  if (bytes > longestPayloadBytes) {
    throw full(`The window is ${bytes} bytes of payload, and ${longestPayloadBytes} is the most for one request.`);
  }
}

function checkFrame({ id, tokens, content }: HeldFrame<TokenContent>, expects: TokenExpectation): void {
  const { values, channels } = content;
  const mend = 'Make the window of the stream that the host was checked against.';
  if (channels !== expects.channels) {
    throw mismatch(`Frame ${id} has ${channels} channels instead of ${expects.channels}.`, mend);
  }
  if (!Number.isInteger(tokens) || tokens < 1 || values.length !== tokens * channels) {
    throw mismatch(`Frame ${id} says ${tokens} tokens of ${channels} channels, and has ${values.length} values.`, mend);
  }
  if (expects.shape === 'grid' && !Number.isInteger(Math.sqrt(tokens))) {
    throw mismatch(`Frame ${id} has ${tokens} tokens, which is no square grid.`, mend);
  }
  if (finite.has(values)) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw mismatch(`Frame ${id} has the value ${values[at] ?? NaN} at ${at}.`, 'Check the encoder.');
  finite.add(values);
}

function mismatch(what: string, mend: string): FramenestError {
  return new FramenestError('HOST_MISMATCH', { what, mend });
}

function full(what: string): FramenestError {
  return new FramenestError('CONTEXT_FULL', { what, mend: 'Give a smaller window.' });
}
