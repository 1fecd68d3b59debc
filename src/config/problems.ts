import { FramenestError } from '../errors.ts';
import type { YamlDocument } from './yaml-document.ts';

/** Lines that an error has at most; how many more there are is said. */
const LINES = 50;

/** Everything that is wrong with one file, each with its place. */
export class Problems {
  readonly #document: YamlDocument;
  readonly #file: string;
  /** The same thing said twice is one problem: what stands in `defaults` comes with every source. */
  readonly #offsets = new Map<string, number>();

  constructor(document: YamlDocument, file: string) {
    this.#document = document;
    this.#file = file;
  }

  /** @param offset - characters from the start of the text. @param words - without a stop at the end */
  add(offset: number, words: string): void {
    this.#offsets.set(
      `${this.#file}:${this.#document.place(offset)}: ${words}${words.endsWith('?') ? '' : '.'}`,
      offset,
    );
  }

  /**
   * Throws where there are any, in the order of the file.
   * @throws FramenestError CONFIG_INVALID with a line for each, 50 at most
   */
  throwAny(): void {
    if (this.#offsets.size === 0) return;
    const lines = [...this.#offsets].sort(([, a], [, b]) => a - b).map(([line]) => line);
    const more = lines.length > LINES ? [`… and ${lines.length - LINES} more.`] : [];
    throw configInvalid([...lines.slice(0, LINES), ...more].join('\n'));
  }
}

/** A configuration that cannot be used. */
export function configInvalid(what: string, cause?: unknown): FramenestError {
  return new FramenestError('CONFIG_INVALID', {
    what,
    mend: 'docs/configuration.md lists every key with its unit, range and default.',
    cause,
  });
}
