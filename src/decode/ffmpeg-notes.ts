import type { PictureNote } from './showinfo.ts';

/** What ffmpeg may hold between a picture's log line and its bytes: its own buffers and the pipe. */
const bytesInFlight = 2 ** 20;

/** A picture's note, and whether it is fit to be given out. */
export interface QueuedNote extends PictureNote {
  readonly admitted: boolean;
}

/** The notes of pictures whose bytes have not arrived yet, in order. Bounded: ffmpeg cannot run far ahead of its pipe. */
export class NoteQueue {
  readonly #notes: QueuedNote[] = [];
  readonly #limit: number;
  #wake: (() => void) | undefined;
  #closed = false;

  /** `frameBytes`: size of one picture in the pipe. */
  constructor(frameBytes: number) {
    this.#limit = 64 + Math.ceil(bytesInFlight / frameBytes);
  }

  /** False when the note does not fit: log and pictures do not belong together. */
  add(note: QueuedNote): boolean {
    if (this.#notes.length >= this.#limit) return false;
    this.#notes.push(note);
    this.#wake?.();
    return true;
  }

  /** No note will come any more. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** The next picture's note; undefined where the log ended without it. */
  async take(): Promise<QueuedNote | undefined> {
    while (this.#notes.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#notes.shift();
  }
}
