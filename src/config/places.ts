import { isValues, isWritten } from './merge-defaults.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

/** Finds what a source got in the place where it was written: in the source, or in `defaults`. */
export class Places {
  readonly #document: YamlDocument;
  readonly #value: unknown;

  /** @param value - of the document, before `defaults` went into the sources */
  constructor(document: YamlDocument, value: unknown) {
    this.#document = document;
    this.#value = value;
  }

  /** Where a value that was checked at `path` was written. */
  written(path: Path): Path {
    const [top, index, ...rest] = path;
    if (top !== 'sources' || index === undefined || rest.length === 0) return path;
    const { defaults } = isValues(this.#value) ? this.#value : {};
    const inherited = !isWritten(this.#value, path) && isWritten(defaults, rest);
    return inherited ? ['defaults', ...rest] : path;
  }

  /** The value at `path` in words: `sources[1].fps is "fast"`. */
  say(path: Path): string {
    const at = this.written(path);
    const from = at === path ? '' : ', from defaults,';
    const shown = path.length === 0 && this.#value === null ? 'empty' : this.#document.show(at);
    return `${pathWords(path)}${from} is ${shown}`;
  }

  /** Characters from the start of the text. */
  offset(path: Path, part?: 'key' | 'value'): number {
    return this.#document.offset(this.written(path), part);
  }
}

/** A path as one would write it: `sources[1].retry.first`. */
export function pathWords(path: Path): string {
  const words = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return words === '' ? 'the file' : words.replace(/^\./, '');
}
