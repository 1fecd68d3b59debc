import { FramenestError } from '../errors.ts';

/** Longest answer that is kept, characters. */
const CHARACTERS = 1 << 20;

/**
 * The pieces of an answer, as they come.
 * @throws FramenestError HOST_FAILED above 1 Mi characters; what `pieces` throws
 */
export async function* boundedAnswer(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let characters = 0;
  for await (const piece of pieces) {
    characters += piece.length;
    if (characters > CHARACTERS) throw endless();
    yield piece;
  }
}

function endless(): FramenestError {
  return new FramenestError('HOST_FAILED', {
    what: `The host's answer goes on beyond ${CHARACTERS} characters.`,
    mend: 'Give a smaller --max-tokens, which this host should keep to.',
  });
}
