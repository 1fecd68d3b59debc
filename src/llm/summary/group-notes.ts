import { FramenestError } from '../../errors.ts';
import type { Note } from './note.ts';

/** Most notes that one question is about: a model that reads more skips the middle. */
const TOGETHER = 12;

/** About the bytes of a token of text, low: what is estimated must not be below what a tokenizer makes of it. */
const BYTES_A_TOKEN = 3;

/** Tokens of the line with the times of a note. */
const HEAD = 24;

/**
 * Splits notes, in order, into groups that fit into one question each: as few as that takes, of about the same number.
 * @param notes - two or more
 * @param room - tokens of notes that fit
 * @throws FramenestError CONTEXT_FULL where not even two of them fit together
 */
export function groupNotes(notes: readonly Note[], room: number): Note[][] {
  const least = Math.ceil(notes.length / TOGETHER);
  for (let groups = least; groups <= Math.floor(notes.length / 2); groups++) {
    const split = evenly(notes, groups);
    if (split.every((group) => noteTokens(group) <= room)) return split;
  }
  const [first, second] = notes;
  throw new FramenestError('CONTEXT_FULL', {
    what: `Two notes of the summary, about ${noteTokens([first, second].filter((note) => note !== undefined))} tokens, do not fit into the ${room} that the host has left for them.`,
    mend: 'Give a smaller --max-tokens, or take a host with a longer context.',
  });
}

/** Tokens of notes as a question shows them, estimated from above. */
function noteTokens(notes: readonly Note[]): number {
  return notes.reduce((sum, { text }) => sum + HEAD + Math.ceil(Buffer.byteLength(text) / BYTES_A_TOKEN), 0);
}

function evenly(notes: readonly Note[], groups: number): Note[][] {
  const from = (group: number): number => Math.round((group * notes.length) / groups);
  return Array.from({ length: groups }, (_, group) => notes.slice(from(group), from(group + 1)));
}
