import { Lexer, Parser } from 'yaml';

/** Structures inside each other; a configuration has less than ten. */
const DEPTH = 64;

/**
 * Where a text is nested more deeply than any configuration, if it is. What reads a whole document calls itself for each
 * level: near the end of the stack V8 can end the process, instead of throwing, where it compiles a pattern there.
 * @param onNewLine - called with where each line begins, up to that place
 * @returns characters from the start
 */
export function tooDeep(text: string, onNewLine: (offset: number) => void): number | undefined {
  const starts: number[] = [];
  const parser = new Parser((offset) => starts.push(offset));
  // As `parse` does, which does not stop half-way.
  starts.push(0);
  for (const source of new Lexer().lex(text)) {
    Array.from(parser.next(source));
    if (parser.stack.length <= DEPTH) continue;
    starts.forEach(onNewLine);
    return parser.offset;
  }
  return undefined;
}
