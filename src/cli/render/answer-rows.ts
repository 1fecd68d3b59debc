import type { AskEvent, AskedSpan } from '../../llm/ask/ask-event.ts';
import { formatTime } from '../../media/timebase.ts';
import { outColors } from './colors.ts';

/** Control codes but tabs and line ends: what a model says must not steer the terminal. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Prints what becomes of questions. */
export interface AnswerPrinter {
  readonly tell: (event: AskEvent) => void;
  /** Ends the line of an answer that broke off. */
  readonly end: () => void;
}

/**
 * For people: a head with the time that the question is about, under it the answer as it comes.
 * @param write - gets texts, in order, with their line ends
 */
export function answerRows(write: (text: string) => void): AnswerPrinter {
  let inLine = false;
  const end = (): void => {
    if (inLine) write('\n');
    inLine = false;
  };
  const tell = (event: AskEvent): void => {
    if (event.type === 'piece') {
      const text = event.text.replace(controls, '');
      if (text === '') return;
      write(text);
      inLine = !text.endsWith('\n');
      return;
    }
    end();
    if (event.type === 'asked') write(`${head(event)}\n`);
    if (event.type === 'failed') write(`${outColors.red(event.error.code)}  ${event.error.what}\n`);
  };
  return { tell, end };
}

/** For programs: a line for each answer or failure. */
export function answerLines(write: (text: string) => void): AnswerPrinter {
  const tell = (event: AskEvent): void => {
    if (event.type === 'answer') {
      const { t0, t1, text } = event;
      write(`${JSON.stringify({ t0, t1, text, ...costs(event) })}\n`);
    }
    if (event.type === 'failed') {
      const { code, what, mend, retryable } = event.error;
      const error = { code, message: what, mend, retryable };
      write(`${JSON.stringify({ t0: event.t0, t1: event.t1, error, ...costs(event) })}\n`);
    }
  };
  return { tell, end: () => undefined };
}

function costs({ tokens, coalesced, atMs }: AskedSpan): object {
  return { tokens, coalesced, ...(atMs !== undefined && { atMs }) };
}

function head({ t0, t1, tokens, coalesced, atMs }: AskedSpan): string {
  const wall = atMs === undefined ? '' : `  ${new Date(atMs).toISOString().slice(11, 19)}`;
  const merged = coalesced === 0 ? '' : `, ${coalesced} more ${coalesced === 1 ? 'question' : 'questions'} merged`;
  return `${outColors.bold(`${formatTime(t0)} – ${formatTime(t1)}`)}${outColors.dim(`${wall}  ${tokens} tokens${merged}`)}`;
}
