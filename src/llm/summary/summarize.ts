import { createHash } from 'node:crypto';
import { FramenestError } from '../../errors.ts';
import type { Answerer } from '../ask/answer-desk.ts';
import { boundedAnswer } from '../bounded-answer.ts';
import type { HostQuestion } from '../host.ts';
import type { ContextWindowOptions } from '../window/window-options.ts';
import type { WindowFrame, WindowView } from '../window-frame.ts';
import { groupNotes } from './group-notes.ts';
import type { Note } from './note.ts';
import type { NoteFolder } from './note-folder.ts';
import { mergePrompt, partPrompt } from './prompts.ts';
import { timeSpan } from './time-code.ts';
import { partOf, videoParts } from './video-parts.ts';

/** What a summary is made of; the caller opens and frees host and video. */
export interface SummaryJob<Content> {
  readonly answer: Answerer<Content>;
  /** The video from a time on, seconds; what lies before was summarised. Called once, or not at all. */
  readonly frames: (fromS: number, signal: AbortSignal) => AsyncIterable<WindowFrame<Content>>;
  readonly notes: NoteFolder;
  /** Seconds of video in one question, > 0. */
  readonly partS: number;
  /** Of the window that each question shows. */
  readonly window: ContextWindowOptions<Content>;
  /** Tokens of notes that fit into one question. */
  readonly noteTokens: number;
  /** What to look for; may be empty. */
  readonly about: string;
  /** The rest of each question. */
  readonly question: Pick<HostQuestion<Content>, 'system' | 'maxTokens' | 'temperature'>;
  readonly signal: AbortSignal;
  /** Hears of each frame, seconds. */
  readonly onFrame?: (atS: number) => void;
  /** Hears of each note, also of those that were there already. */
  readonly onNote?: (level: number, note: Note) => void;
}

/** What a model made of a video. */
export interface Summary {
  /** Of the whole. */
  readonly text: string;
  /** Notes of which `text` was made, where these were made of others; else empty. */
  readonly sections: readonly Note[];
  /** About the video itself, in order. */
  readonly parts: readonly Note[];
}

/** Levels above the parts: 12 notes each are enough for more parts than a lifetime has. */
const LEVELS = 16;

/**
 * Summarises a video: part after part, then the notes, then notes of notes until one is left. Every note is kept as it
 * comes; a run over the same folder goes on after the last one.
 * @throws FramenestError of video and host; INPUT_ENDED without a frame; CONTEXT_FULL; OUTPUT_FAILED; ABORTED
 */
export async function summarize<Content>(job: SummaryJob<Content>): Promise<Summary> {
  const parts = await partNotes(job);
  let notes: readonly Note[] = parts;
  let sections: readonly Note[] = [];
  for (let level = 1; notes.length > 1 && level <= LEVELS; level++) {
    if (level > 1) sections = notes;
    notes = await mergedNotes(job, notes, level);
  }
  const [whole] = notes;
  if (!whole) throw nothingSeen();
  return { text: whole.text, sections, parts };
}

/** Notes about the video itself: those that are there already, then new ones. */
async function partNotes<Content>(job: SummaryJob<Content>): Promise<Note[]> {
  const { notes: folder, frames, partS, signal, onFrame, onNote, about } = job;
  const notes: Note[] = [];
  const add = (note: Note): void => {
    notes.push(note);
    onNote?.(0, note);
  };
  const known = await folder.parts();
  for (let note = await folder.get(0, 0); note; note = await folder.get(0, notes.length)) add(note);
  if (known !== undefined && notes.length >= known) return notes;
  const last = notes.at(-1);
  const fromS = last ? (partOf(last.t1, partS) + 1) * partS : -Infinity;
  for await (const view of videoParts(heard(frames(fromS, signal), onFrame), partS, job.window)) {
    if (signal.aborted) throw stopped();
    const span = { t0: view.fromS, t1: view.toS };
    const text = await answered(job, view, partPrompt(span, about));
    const note = { ...span, text, tokens: sentTokens(view) };
    await folder.put(0, notes.length, note);
    add(note);
  }
  if (signal.aborted) throw stopped();
  await folder.end(notes.length);
  return notes;
}

/** One note in place of each group of notes. */
async function mergedNotes<Content>(job: SummaryJob<Content>, notes: readonly Note[], level: number): Promise<Note[]> {
  const merged: Note[] = [];
  for (const [number, group] of groupNotes(notes, job.noteTokens).entries()) {
    const span = { t0: group[0]?.t0 ?? NaN, t1: group.at(-1)?.t1 ?? NaN };
    const of = digest(group);
    let note = await job.notes.get(level, number);
    // One of others is out of date.
    if (note?.of !== of) {
      note = { ...span, of, text: await answered(job, NO_FRAMES, mergePrompt(group, job.about)), tokens: 0 };
      await job.notes.put(level, number, note);
    }
    merged.push(note);
    job.onNote?.(level, note);
  }
  return merged;
}

function digest(notes: readonly Note[]): string {
  return createHash('sha256')
    .update(JSON.stringify(notes.map(({ text }) => text)))
    .digest('hex');
}

/** A question about notes shows no frames. */
const NO_FRAMES: WindowView<never> = { parts: [], tokens: 0, cuts: 0, fromS: NaN, toS: NaN };

/** A whole answer. */
async function answered<Content>(
  job: SummaryJob<Content>,
  window: WindowView<Content>,
  prompt: string,
): Promise<string> {
  const { answer, question, signal } = job;
  let text = '';
  for await (const piece of boundedAnswer(answer({ ...question, window, prompt, signal }))) text += piece;
  if (signal.aborted) throw stopped();
  if (text.trim() !== '') return text;
  throw new FramenestError('HOST_FAILED', {
    what: `The host answered nothing about ${window.parts.length > 0 ? timeSpan({ t0: window.fromS, t1: window.toS }) : 'the notes'}.`,
    mend: 'Run it again; if that does not help, give a larger --max-tokens or another model.',
  });
}

async function* heard<Content>(
  frames: AsyncIterable<WindowFrame<Content>>,
  onFrame: SummaryJob<Content>['onFrame'],
): AsyncGenerator<WindowFrame<Content>, void, undefined> {
  for await (const frame of frames) {
    onFrame?.(frame.atS);
    yield frame;
  }
}

function sentTokens({ parts }: WindowView<unknown>): number {
  return parts.reduce((sum, part) => sum + (part.type === 'frame' ? part.frame.tokens : 0), 0);
}

function nothingSeen(): FramenestError {
  return new FramenestError('INPUT_ENDED', {
    what: 'The video ended without a single frame: there is nothing to summarize.',
    mend: 'Check the input.',
  });
}

function stopped(): FramenestError {
  return new FramenestError('ABORTED', {
    what: 'The summary was stopped.',
    mend: 'Run it again: it goes on after the last finished part.',
  });
}
