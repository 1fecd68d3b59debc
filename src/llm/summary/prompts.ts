import type { Note } from './note.ts';
import { timeSpan } from './time-code.ts';

/**
 * Asks about one part of a video.
 * @param span - seconds
 * @param about - what to look for; everything where it is empty
 */
export function partPrompt(span: { readonly t0: number; readonly t1: number }, about: string): string {
  return [
    `These are frames of a video from ${timeSpan(span)}, with their times.`,
    'Say in a few sentences what happens, in order, and give the time of each thing as h:mm:ss.',
    'Say only what can be seen.',
    ...focus(about),
  ].join(' ');
}

/** Asks for one text in place of several notes. */
export function mergePrompt(notes: readonly Note[], about: string): string {
  const task = [
    'These are notes about parts of one video, in order, each with its times.',
    'Write one summary of all of them, in order, with the time of each important thing as h:mm:ss.',
    'Leave out what is repeated, and add nothing.',
    ...focus(about),
  ].join(' ');
  return [task, ...notes.map((note) => `[${timeSpan(note)}]\n${note.text.trim()}`)].join('\n\n');
}

function focus(about: string): string[] {
  return about.trim() === '' ? [] : [`Above all: ${about.trim()}`];
}
