import { FramenestError } from '../../errors.ts';
import type { Asking } from './asking.ts';
import { StandingQuestion } from './standing-question.ts';

/**
 * Asks a question about an input, once or again and again; resolves when the input has ended and all is answered. Memory:
 * the window, one answer, and a count. Where the signal aborts a standing question just ends.
 * @throws FramenestError of the input; of the host: every code for a question that is asked once, those that are not
 * retryable for a standing one; INPUT_ENDED where there was no frame; ABORTED where the signal ended what was asked once
 */
export async function ask<Content>(asking: Asking<Content>): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([asking.signal, over.signal]);
  const standing = new StandingQuestion(asking, signal, () => over.abort());
  try {
    const frames = await follow(asking, standing, signal);
    if (!signal.aborted) {
      if (frames === 0) throw nothingSeen();
      await standing.finish();
    }
  } finally {
    over.abort();
    await standing.settled();
  }
  if (standing.failure) throw standing.failure;
  if (asking.signal.aborted && !asking.standing) throw stopped();
}

/** @returns how many frames there were */
async function follow<Content>(
  { window, feed, waits, enough, standing: again }: Asking<Content>,
  standing: StandingQuestion<Content>,
  signal: AbortSignal,
): Promise<number> {
  let frames = 0;
  for await (const item of feed(signal)) {
    if (signal.aborted) return frames;
    if (item.type === 'moment') standing.moment(item.kind);
    else if (window.push(item.frame)) {
      frames++;
      standing.frame(item.frame);
      if (!again && enough?.(item.frame)) return frames;
    }
    if (waits) await standing.settled();
  }
  return frames;
}

function nothingSeen(): FramenestError {
  return new FramenestError('INPUT_ENDED', {
    what: 'The input ended without a single frame: there is nothing to ask about.',
    mend: 'Check the input; of a stream that has ended ask with --from start.',
  });
}

function stopped(): FramenestError {
  return new FramenestError('ABORTED', { what: 'The question was stopped.', mend: 'Ask again.' });
}
