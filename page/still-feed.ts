/** One picture of a stream, as the encoder sees it. */
export interface StillPicture {
  readonly jpeg: Blob;
  /** Of the packet that its frame became. */
  readonly sequence: number;
  /** Width by height of the source's picture where the square is a stretched one; else 1. */
  readonly aspect: number;
}

/** Asks for the newest picture of a stream again and again, one request at a time, none while the page is hidden. */
export class StillFeed {
  readonly #address: string;
  readonly #headers: () => Record<string, string>;
  readonly #show: (still: StillPicture | undefined) => void;
  #tag: string | undefined;
  #timer: number | undefined;

  /**
   * @param headers - that requests carry
   * @param show - gets every new picture; `undefined` where there is none
   */
  constructor(stream: string, headers: () => Record<string, string>, show: (still: StillPicture | undefined) => void) {
    this.#address = `./streams/${encodeURIComponent(stream)}/still.jpg`;
    this.#headers = headers;
    this.#show = show;
  }

  /** Begins, or goes on at another pace. */
  start(everyMs: number): void {
    this.stop();
    const turn = async (): Promise<void> => {
      const mine = this.#timer;
      if (!document.hidden) await this.#ask().catch(() => undefined);
      if (this.#timer === mine) this.#timer = window.setTimeout(() => void turn(), everyMs);
    };
    this.#timer = window.setTimeout(() => void turn(), 0);
  }

  /** Asks no more. */
  stop(): void {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #ask(): Promise<void> {
    const known = this.#tag === undefined ? {} : { 'if-none-match': this.#tag };
    const answer = await fetch(this.#address, { headers: { ...this.#headers(), ...known }, cache: 'no-store' });
    // Asked too often, by this page and others behind one address: what there is stays for now.
    if (answer.status === 304 || answer.status === 429 || this.#timer === undefined) return;
    if (answer.status !== 200) {
      this.#tag = undefined;
      this.#show(undefined);
      return;
    }
    this.#tag = answer.headers.get('etag') ?? undefined;
    const sequence = Number(answer.headers.get('framenest-sequence'));
    this.#show({ jpeg: await answer.blob(), sequence, aspect: aspectOf(answer.headers.get('framenest-picture')) });
  }
}

/** Only a stretched square can be put right: a cropped or padded one is as wide as it is high. */
function aspectOf(picture: string | null): number {
  const [, width, height] = /^(\d+)x(\d+) stretch$/.exec(picture ?? '') ?? [];
  return width !== undefined && height !== undefined ? Number(width) / Number(height) : 1;
}
