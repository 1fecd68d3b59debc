import { Socket } from 'node:net';
import { errorRecord } from '../../errors.ts';
import { liveEdge } from '../../flow/live-edge.ts';
import type { FrameSource, SourceCounts } from '../../media/frame-source.ts';
import type { Frame } from '../../media/frame.ts';
import { openLibav } from '../open-libav.ts';
import { headerBytes, writeHeader } from './frame-header.ts';
import type { FromDecoder, SentRequest, ToDecoder } from './messages.ts';

/** Where the frames go: the descriptor after stdin, stdout and stderr. */
const framePipe = 3;

/** Decoded frames of a camera that wait for the pipe before the oldest is let go. */
const liveFrames = 2;

/** How often our process learns the counts while no frame tells them. */
const countsEveryMs = 500;

/** How long closing may take once nobody is there to end this process. */
const orphanMs = 1000;

/** Runs in a process of its own: opens one source, writes its frames to the pipe, and ends when it is told to. */
class DecoderProcess {
  readonly #stop = new AbortController();
  readonly #pipe = new Socket({ fd: framePipe, readable: false, writable: true });
  readonly #head = Buffer.alloc(headerBytes);
  #source: FrameSource | undefined;

  constructor() {
    // Our process has closed its end, or is gone: it says so by other means too.
    this.#pipe.on('error', () => this.#stop.abort());
  }

  /** One message of our process. */
  take(message: ToDecoder): void {
    if (message.kind === 'open') void this.#open(message.request);
    else if (message.kind === 'read') void this.#read();
    else if (message.kind === 'want') this.#source?.want?.();
    else void this.#leave();
  }

  /** Our process is gone. */
  orphaned(): void {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), orphanMs);
    void this.#leave();
  }

  async #open(request: SentRequest): Promise<void> {
    const onNote = (text: string): void => say({ kind: 'note', text });
    try {
      this.#source = await openLibav({ ...request, signal: this.#stop.signal, onNote });
      say({ kind: 'opened', facts: this.#source.facts });
    } catch (thrown) {
      say({ kind: 'refused', error: errorRecord(thrown) });
    }
  }

  async #read(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    const timer = setInterval(() => say({ kind: 'counts', counts: source.counts }), countsEveryMs);
    try {
      for await (const frame of liveEdge(source, this.#stop.signal, liveFrames)) {
        await this.#write(frame, source.counts);
        source.recycle(frame.data);
      }
      say({ kind: 'ended', counts: source.counts });
    } catch (thrown) {
      say({ kind: 'ended', error: errorRecord(thrown), counts: source.counts });
    } finally {
      clearInterval(timer);
      this.#pipe.end();
    }
  }

  /** Settles when the frame's bytes are in the pipe, or the pipe is gone. */
  #write(frame: Frame, counts: SourceCounts): Promise<void> {
    writeHeader(frame, counts, this.#head);
    return new Promise((resolve) => {
      this.#pipe.cork();
      this.#pipe.write(this.#head);
      this.#pipe.write(frame.data, () => resolve());
      this.#pipe.uncork();
    });
  }

  async #leave(): Promise<void> {
    this.#stop.abort();
    // Exiting waits for libav's threads, and one that is opening an input may take its time.
    if (!this.#source) return void process.kill(process.pid, 'SIGKILL');
    await this.#source.close();
    process.exit();
  }
}

function say(message: FromDecoder): void {
  // A failed send means that our process is gone, which "disconnect" tells.
  process.send?.(message, undefined, undefined, () => undefined);
}

const decoder = new DecoderProcess();
process.on('message', (message) => decoder.take(message as ToDecoder));
process.on('disconnect', () => decoder.orphaned());
// They reach every process of a terminal or service at once; when to end is for our process to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
