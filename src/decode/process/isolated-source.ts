import { FramenestError, errorFrom } from '../../errors.ts';
import type { FrameSource, SourceCounts, SourceFacts } from '../../media/frame-source.ts';
import type { Frame } from '../../media/frame.ts';
import { FrameBuffers } from '../frame-buffers.ts';
import { aborted, unreachable } from '../open-errors.ts';
import type { OpenRequest } from '../open-request.ts';
import { redactInput } from '../redact.ts';
import { DecoderChild } from './decoder-child.ts';
import { FrameParser, PipeGarbage } from './frame-parser.ts';
import type { FromDecoder, SentRequest } from './messages.ts';

/** Beyond the limits of the decoder itself: starting a process on a busy machine, milliseconds. */
const startMs = 10_000;

type Answer = Extract<FromDecoder, { kind: 'opened' | 'refused' }>;
type End = Extract<FromDecoder, { kind: 'ended' }>;

/** The messages of one decoder process, sorted. */
class Conversation {
  readonly answer: Promise<Answer>;
  readonly end: Promise<End>;
  counts: SourceCounts = { decoded: 0, discarded: 0, skipped: 0 };
  readonly #onNote: (text: string) => void;
  #answered: (answer: Answer) => void = () => undefined;
  #ended: (end: End) => void = () => undefined;

  constructor(onNote: (text: string) => void) {
    this.#onNote = onNote;
    this.answer = new Promise((resolve) => (this.#answered = resolve));
    this.end = new Promise((resolve) => (this.#ended = resolve));
  }

  take(message: FromDecoder): void {
    if (message.kind === 'note') this.#onNote(message.text);
    else if (message.kind === 'opened' || message.kind === 'refused') this.#answered(message);
    else {
      this.counts = message.counts;
      if (message.kind === 'ended') this.#ended(message);
    }
  }
}

function died(input: string, how: string): FramenestError {
  return new FramenestError('DECODE_FAILED', {
    what: `The decoder process of "${redactInput(input)}" died (${how}).`,
    mend: 'Open the input again; if it dies at the same place, try the other decoder.',
  });
}

/** Frames that a decoder process of its own makes and sends through a pipe. */
class IsolatedSource implements FrameSource {
  readonly facts: SourceFacts;
  readonly #request: SentRequest;
  readonly #child: DecoderChild;
  readonly #talk: Conversation;
  readonly #buffers = new FrameBuffers();
  readonly #parser: FrameParser;
  #closed = false;

  constructor(request: SentRequest, facts: SourceFacts, child: DecoderChild, talk: Conversation) {
    this.facts = child.pid === undefined ? facts : { ...facts, pid: child.pid };
    this.#request = request;
    this.#child = child;
    this.#talk = talk;
    this.#parser = new FrameParser(request.target.side, this.#buffers);
  }

  /** The newest of what messages and frames tell: a frame is never here before it is counted. */
  get counts(): SourceCounts {
    const [told, seen] = [this.#talk.counts, this.#parser.counts];
    return told.decoded > seen.decoded ? told : seen;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const stop = (): void => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted || this.#closed) return;
      this.#child.send({ kind: 'read' });
      for (let chunk = await this.#child.frames.next(); chunk; chunk = await this.#child.frames.next()) {
        for (const frame of this.#parser.push(chunk)) {
          if (this.#isClosed()) return;
          yield frame;
        }
      }
      await this.#finish();
    } catch (thrown) {
      throw thrown instanceof PipeGarbage ? await this.#distrusted(thrown) : thrown;
    } finally {
      signal.removeEventListener('abort', stop);
      await this.close();
    }
  }

  want(): void {
    this.#child.send({ kind: 'want' });
  }

  recycle(data: Uint8Array<ArrayBuffer>): void {
    this.#buffers.give(data);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#child.end();
  }

  // A method, because the compiler takes a field that was false before an await for false after it.
  #isClosed(): boolean {
    return this.#closed;
  }

  /** The pipe has ended; why, the last message says, or the way the process died. */
  async #finish(): Promise<void> {
    const end = await Promise.race([this.#talk.end, this.#child.gone]);
    if (this.#closed) return;
    if (typeof end === 'string') throw died(this.#request.input, end);
    if (end.error) throw errorFrom(end.error);
    if (this.#parser.isCutOff) throw died(this.#request.input, 'in the middle of a frame');
  }

  async #distrusted(garbage: PipeGarbage): Promise<FramenestError> {
    await this.#child.kill();
    return died(this.#request.input, `killed: ${garbage.message}`);
  }
}

/** Waits for the process to open its input; the caller's signal and, on a network, a time limit break it off. */
async function opened({ input, kind, signal }: OpenRequest, child: DecoderChild, talk: Conversation): Promise<Answer> {
  const limitMs = 2 * kind.timeoutMs + startMs;
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => undefined;
  const broken = new Promise<never>((_, reject) => {
    const late = (): void => reject(unreachable(input, kind, `its decoder gives no answer for ${limitMs / 1000} s`));
    if (kind.network) timer = setTimeout(late, limitMs);
    stop = () => reject(aborted(input));
    void child.gone.then((how) => reject(died(input, how)));
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([talk.answer, broken]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Opens an input with libav in a process of its own: whatever the input does to libav, this process goes on. Costs some
 * 10 MB of memory and the copy through a pipe (decision 16). Prefer {@link openSource}, which checks the input first.
 * @throws FramenestError INPUT_UNREADABLE, INPUT_UNREACHABLE, INPUT_MISSING (HTTP 404), DECODER_MISSING, ABORTED;
 * DECODE_FAILED where the process dies.
 */
export async function openIsolatedSource(request: OpenRequest): Promise<FrameSource> {
  const { input, kind, target, hide, hwaccel, alone, onDemand } = request;
  const sent = { input, kind, target, hide, hwaccel, alone, onDemand };
  const talk = new Conversation(request.onNote);
  const child = new DecoderChild((message) => talk.take(message));
  try {
    child.send({ kind: 'open', request: sent });
    const answer = await opened(request, child, talk);
    if (answer.kind === 'refused') throw errorFrom(answer.error);
    return new IsolatedSource(sent, answer.facts, child, talk);
  } catch (error) {
    await child.kill();
    throw error;
  }
}
