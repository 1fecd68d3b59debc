import { FramenestError } from '../errors.ts';
import type { FrameSource, SourceCounts, SourceFacts } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';
import { DamageLog } from './damage.ts';
import { filterGraph } from './filter-graph.ts';
import { FrameBuffers } from './frame-buffers.ts';
import { PictureFilter } from './libav-graph.ts';
import { openLibavInput } from './libav-input.ts';
import type { LibavInput } from './libav-input.ts';
import { LogWatch } from './libav-log-watch.ts';
import { PictureReader } from './libav-reader.ts';
import { MissingPts } from './missing-pts.ts';
import type { OpenRequest } from './open-request.ts';
import { SmearGuard } from './smear-guard.ts';
import { sourceFacts } from './source-facts.ts';

/** Frames of the libav inside this process (package node-av). */
class LibavSource implements FrameSource {
  readonly facts: SourceFacts;
  readonly #input: LibavInput;
  readonly #log: DamageLog;
  readonly #filter: PictureFilter;
  readonly #reader: PictureReader;
  readonly #missing: MissingPts;
  readonly #buffers = new FrameBuffers();
  #index = 0;
  #pull: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @param watch - hears what libav logs; stopped with the source */
  constructor(request: OpenRequest, input: LibavInput, watch: LogWatch | undefined) {
    this.facts = sourceFacts('libav', request, input);
    this.#input = input;
    this.#log = new DamageLog(request.input, request.kind);
    const { rotation, timebase } = input.stream;
    this.#filter = new PictureFilter(filterGraph(request.target, rotation, request.hide), timebase);
    const { live } = request.kind;
    this.#reader = new PictureReader(input, {
      filter: this.#filter,
      log: this.#log,
      buffers: this.#buffers,
      guard: live ? new SmearGuard(timebase) : undefined,
      watch,
      onDemand: request.onDemand,
    });
    this.#missing = new MissingPts(input.stream);
  }

  get counts(): SourceCounts {
    return this.#reader.counts;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const stop = (): void => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted) return;
      for (;;) {
        const frame = await this.#next();
        if (!frame) break;
        this.#log.given(frame);
        yield frame;
      }
      const error = this.#closing ? undefined : await this.#log.verdict();
      if (error) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await this.close();
    }
  }

  want(): void {
    this.#reader.want();
  }

  recycle(data: Uint8Array<ArrayBuffer>): void {
    this.#buffers.give(data);
  }

  close(): Promise<void> {
    this.#closing ??= this.#free();
    return this.#closing;
  }

  async #free(): Promise<void> {
    this.#reader.stop();
    // libav must not be freed under a running call.
    await this.#pull.catch(() => undefined);
    await this.#reader.idle();
    this.#reader.free();
    this.#filter.free();
    this.#input.codec.freeContext();
    this.#input.hardware?.free();
    await this.#input.container.closeInput();
  }

  async #next(): Promise<Frame | undefined> {
    if (this.#closing) return undefined;
    try {
      const pull = this.#reader.next();
      this.#pull = pull;
      const picture = await pull;
      if (!picture) return undefined;
      const { timebase } = this.#input.stream;
      return { ...picture, index: this.#index++, pts: this.#missing.fill(picture.pts), timebase, droppedBefore: 0 };
    } catch (error) {
      if (error instanceof FramenestError) throw error;
      throw this.#log.failed(error instanceof Error ? error.message : String(error));
    }
  }
}

/**
 * Opens an input with the libav of the package node-av: FFmpeg's demuxers and decoders inside this process, nothing to
 * install. Prefer {@link openSource}, which checks the input first.
 * @throws FramenestError INPUT_UNREADABLE, INPUT_UNREACHABLE, INPUT_MISSING (HTTP 404), ABORTED.
 */
export async function openLibavSource(request: OpenRequest): Promise<FrameSource> {
  // Before the input: its first packets are read, and their losses told, while it is opened.
  const watch = request.kind.live && request.alone ? new LogWatch() : undefined;
  try {
    return new LibavSource(request, await openLibavInput(request), watch);
  } catch (error) {
    watch?.stop();
    throw error;
  }
}
