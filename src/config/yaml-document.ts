import { Document, LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Node, Pair, Scalar } from 'yaml';
import { redactInput } from '../decode/redact.ts';
import { fillVariables } from './variables.ts';
import { tooDeep } from './yaml-depth.ts';
import { yamlWords } from './yaml-words.ts';

/** Keys and list positions from the top of the file down. */
export type Path = readonly PropertyKey[];

/** Something wrong at a place of the text. */
export interface Fault {
  /** Characters from its start. */
  readonly offset: number;
  readonly words: string;
}

/** Times that one anchor may be used, times what it holds of other aliases: beyond, a small file could grow without end. */
const ALIASES = 1000;

/** What stands under this key may be a token that somebody wrote into the file, whatever it was meant to be. */
const SECRETS = 'access';

/** But for the values of these. */
const shownOfSecrets = new Set(['name', 'streams', 'metrics', 'expires']);

/** Characters of a value that a message shows. */
const SHOWN = 80;

/** A YAML text that remembers where everything stands in it, and how it was written before variables were replaced. */
export class YamlDocument {
  readonly #document: Document;
  readonly #lines = new LineCounter();
  /** As the file has them, before variables were replaced. */
  readonly #written = new Map<Scalar, string>();
  /** Where it is nested too deeply to be read. */
  readonly #tooDeepAt: number | undefined;

  constructor(text: string) {
    const options = { lineCounter: this.#lines, prettyErrors: false, stringKeys: true } as const;
    this.#tooDeepAt = tooDeep(text, this.#lines.addNewLine);
    this.#document = this.#tooDeepAt === undefined ? parseDocument(text, options) : new Document();
  }

  /** Why the text is no YAML, or not the YAML that a configuration may be. */
  get faults(): readonly Fault[] {
    if (this.#tooDeepAt !== undefined) return [{ offset: this.#tooDeepAt, words: 'too deeply nested' }];
    const { errors, warnings } = this.#document;
    const found = [...errors, ...warnings].map((error) => ({ offset: error.pos[0], words: yamlWords(error) }));
    if (errors.length > 0) return found;
    const lost = this.#lostAliases();
    return [...found, ...(lost.length > 0 ? lost : this.#tooManyAliases())];
  }

  /** Replaces the variables in every text. @returns the ones that cannot be */
  fill(env: NodeJS.ProcessEnv): Fault[] {
    const found: Fault[] = [];
    visit(this.#document, {
      Scalar: (key, node, [, , pair]) => {
        if (key === 'key' || typeof node.value !== 'string') return;
        const { text, faults } = fillVariables(node.value, env);
        const secret = isPair(pair) && isScalar(pair.key) && pair.key.value === SECRETS;
        const words = `${secret ? hidden(node.value) : this.#showText(node.value)}: ${faults.join('; ')}`;
        if (faults.length > 0) found.push({ offset: start(node) ?? 0, words });
        this.#written.set(node, node.value);
        node.value = text;
      },
    });
    return found;
  }

  /** The plain value: maps, lists, texts, numbers, booleans, null. What is there by alias is there once, and shared. */
  get value(): unknown {
    return this.#document.toJS({ maxAliasCount: ALIASES }) as unknown;
  }

  /** Line and column, from 1: `12:7`. */
  place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${Math.max(1, line)}:${Math.max(1, col)}`;
  }

  /** Where a value stands, or its key; of what is not there, where the nearest thing around it stands. */
  offset(path: Path, part: 'key' | 'value' = 'value'): number {
    const { key, value } = this.#find(path);
    const at = part === 'key' ? (start(key) ?? start(value)) : (start(value) ?? start(key));
    if (at !== undefined) return at;
    return path.length === 0 ? 0 : this.offset(path.slice(0, -1));
  }

  /** A value as a message may show it: as it was written, without the values of variables and credentials of URLs. */
  show(path: Path): string {
    const { value } = this.#find(path);
    if (path[0] !== SECRETS || shownOfSecrets.has(String(path[3]))) return this.#show(value);
    const node = isAlias(value) ? value.resolve(this.#document) : value;
    if (isSeq(node)) return 'a list';
    if (!isScalar(node) || node.value === null) return this.#show(node);
    return hidden(this.#written.get(node) ?? '');
  }

  #show(node: Node | null | undefined): string {
    if (isAlias(node)) return `*${node.source}`;
    if (isMap(node)) return 'a map';
    if (isSeq(node)) return this.#showList(node.items);
    return isScalar(node) ? this.#showScalar(node) : 'missing';
  }

  #showList(items: readonly unknown[]): string {
    if (!items.every(isScalar)) return 'a list';
    const list = `[${items.map((item) => this.#showScalar(item)).join(', ')}]`;
    return list.length <= SHOWN ? list : 'a list';
  }

  #showScalar(node: Scalar): string {
    const { value, source } = node;
    if (value === null) return 'missing';
    return typeof value === 'string' ? this.#showText(this.#written.get(node) ?? value) : (source ?? typeof value);
  }

  #showText(text: string): string {
    const safe = redactInput(text);
    return JSON.stringify(safe.length > SHOWN ? `${safe.slice(0, SHOWN)}…` : safe);
  }

  #find(path: Path): { key?: Node | null; value?: Node | null } {
    let found: { key?: Node | null; value?: Node | null } = { value: this.#document.contents };
    for (const part of path) found = this.#child(found.value, part);
    return found;
  }

  #child(parent: Node | null | undefined, part: PropertyKey): { key?: Node | null; value?: Node | null } {
    const node = isAlias(parent) ? parent.resolve(this.#document) : parent;
    if (isSeq(node)) return { value: node.items[Number(part)] as Node | null };
    if (!isMap(node)) return {};
    const pairs = node.items as Pair<Node, Node | null>[];
    const pair = pairs.findLast(({ key }) => isScalar(key) && key.value === part);
    return pair ? { key: pair.key, value: pair.value } : {};
  }

  #lostAliases(): Fault[] {
    const found: Fault[] = [];
    visit(this.#document, {
      Alias: (_, node) => {
        if (node.resolve(this.#document)) return;
        found.push({ offset: start(node) ?? 0, words: `no anchor "&${node.source}" stands before this alias` });
      },
    });
    return found;
  }

  #tooManyAliases(): Fault[] {
    try {
      this.#document.toJS({ maxAliasCount: ALIASES });
      return [];
    } catch {
      return [{ offset: 0, words: `aliases are used too often: ${ALIASES} times at most` }];
    }
  }
}

/** A name of a variable is no secret. */
function hidden(text: string): string {
  return /^\$\{\w{1,80}\}$/.test(text) ? JSON.stringify(text) : '"***"';
}

function start(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}
