import { FramenestError } from '../errors.ts';
import { redactInput, redactText } from './redact.ts';
import type { Frame } from '../media/frame.ts';
import { formatTimebase } from '../media/timebase.ts';
import type { InputKind } from './input-kind.ts';
import { missingBytes } from './container-size.ts';

/**
 * What went wrong while a source was read. Both decoders write into it as they go on giving frames, and ask it at the
 * end what to throw.
 *
 * They look at the same evidence: a read error, a packet or picture that libav marks corrupt or refuses, and bytes
 * missing from a Matroska or AVI file. The ffmpeg decoder reads it from the log, and also takes "File ended
 * prematurely" from there, which libav says nowhere else. Neither can see the cut of a file that declares no end
 * (MPEG-TS, Ogg) when it falls between two pictures.
 */
export class DamageLog {
  readonly #input: string;
  readonly #kind: InputKind;
  #damage: string | undefined;
  #readError: string | undefined;
  #frames = 0;
  #last: Frame | undefined;

  constructor(input: string, kind: InputKind) {
    this.#input = input;
    this.#kind = kind;
  }

  /** A frame was given out. */
  given(frame: Frame): void {
    this.#frames += 1;
    this.#last = frame;
  }

  /** A packet or picture is corrupt. Only the first reason is kept. */
  corrupt(reason: string): void {
    this.#damage ??= redactText(reason, this.#input).replace(/[.:;]+$/, '');
  }

  /** Reading ended in an error instead of the end. */
  readError(reason: string): void {
    this.#readError ??= redactText(reason, this.#input);
  }

  /**
   * What to throw after the last frame; undefined for an ordinary end. DECODE_FAILED where a network input broke off,
   * DECODE_DAMAGED for a file. Corrupt pictures of a live source are its ordinary weather and no error.
   */
  async verdict(): Promise<FramenestError | undefined> {
    if (this.#readError !== undefined && this.#kind.path === undefined) return this.failed(this.#readError);
    const reason = this.#damage ?? this.#readError ?? (await this.#shortfall());
    if (reason === undefined || this.#kind.live) return undefined;
    return new FramenestError('DECODE_DAMAGED', {
      what: `The video ${this.#name} is damaged: ${reason}; ${this.#progress()}.`,
      mend: 'The frames before are good. Copy or record the file again to get the rest.',
    });
  }

  /** The decoder itself failed. */
  failed(reason: string): FramenestError {
    return new FramenestError('DECODE_FAILED', {
      what: `Decoding ${this.#name} failed: ${redactText(reason, this.#input)}; ${this.#progress()}.`,
      mend: 'Open the input again; if it fails at the same place, try the other decoder.',
    });
  }

  get #name(): string {
    return `"${redactInput(this.#input)}"`;
  }

  #progress(): string {
    if (!this.#last) return 'no frame was given';
    const at = `${this.#last.pts} × ${formatTimebase(this.#last.timebase)} s`;
    return `frames given: ${this.#frames}, the last at pts ${at}`;
  }

  async #shortfall(): Promise<string | undefined> {
    if (this.#kind.path === undefined) return undefined;
    // A file that vanished while it was read is not for this check to report.
    const missing = await missingBytes(this.#kind.path).catch(() => 0);
    return missing > 0 ? `the file is cut off, ${missing} bytes are missing at its end` : undefined;
  }
}
