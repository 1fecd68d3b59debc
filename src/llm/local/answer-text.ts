/** What a character becomes whose bytes are not all there. */
const cut = '\ufffd';

/**
 * Tokens → text as it grows, without ever giving out half a character: byte-level tokens carry single bytes, and what a
 * token looks like can hang on those before it (the space before a word). So the last tokens are decoded again with each
 * new one, and text is given out once it does not end in U+FFFD.
 */
export class AnswerText {
  readonly #decode: (tokens: readonly number[]) => string;
  /** Tokens given out last, which the new ones are decoded with, and the new ones. */
  #tokens: number[] = [];
  #given = 0;

  /** @param decode tokens → text */
  constructor(decode: (tokens: readonly number[]) => string) {
    this.#decode = decode;
  }

  /** @returns the text that this token completes; empty while a character is incomplete */
  push(token: number): string {
    this.#tokens.push(token);
    const before = this.#decode(this.#tokens.slice(0, this.#given));
    const text = this.#decode(this.#tokens);
    if (text.length <= before.length || text.endsWith(cut)) return '';
    this.#tokens = this.#tokens.slice(this.#given);
    this.#given = this.#tokens.length;
    return text.slice(before.length);
  }

  /** @returns what is left at the end, a cut character as U+FFFD */
  end(): string {
    const before = this.#decode(this.#tokens.slice(0, this.#given));
    return this.#decode(this.#tokens).slice(before.length);
  }
}
