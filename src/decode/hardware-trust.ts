import type { FrameSource } from '../media/frame-source.ts';
import { softwareInstead } from './hardware-notes.ts';

/** Frames that prove a device: a decoder counts up to two before they are fetched from it. */
const PROOF = 3;

/**
 * Whether a source that is opened again and again is decoded by the device that is wanted. After a connection in which the
 * device gave next to no frame, the processor decodes the next one; then the device has another chance. A connection that
 * breaks later says nothing about the device: networks break too. A device that fails in mid-stream so costs its frames up
 * to the end of the connection after that.
 */
export class HardwareTrust {
  readonly #wanted: string;
  readonly #onNote: (text: string) => void;
  /** The newest connection, where the device was to decode it. */
  #tried: Pick<FrameSource, 'counts'> | undefined;

  /**
   * @param wanted - `off`, `auto`, or a device
   * @param onNote - hears, in a sentence, where the processor decodes instead
   */
  constructor(wanted: string, onNote: (text: string) => void) {
    this.#wanted = wanted;
    this.#onNote = onNote;
  }

  /**
   * The next connection. Not before the one before is over.
   * @param open - opens the source with this device, or `off`
   * @throws what `open` throws: that is no connection, and changes nothing
   */
  async open<Source extends Pick<FrameSource, 'counts'>>(open: (hwaccel: string) => Promise<Source>): Promise<Source> {
    const failed = this.#failed;
    const source = await open(failed === undefined ? this.#wanted : 'off');
    if (failed !== undefined) this.#onNote(softwareInstead(this.#wanted, failed));
    this.#tried = failed === undefined && this.#wanted !== 'off' ? source : undefined;
    return source;
  }

  /** What speaks against the device. */
  get #failed(): string | undefined {
    if (!this.#tried) return undefined;
    const { decoded, discarded } = this.#tried.counts;
    const given = decoded - discarded;
    return given < PROOF ? `the connection before had ${given} of the ${PROOF} frames that prove it` : undefined;
  }
}
