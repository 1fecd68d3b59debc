import { FramenestError } from '../../errors.ts';
import { makeLadder } from '../../scales/ladder.ts';
import type { Aging } from './aging.ts';
import { leastTokens } from './plan-cut.ts';
import type { StampOptions } from './stamp-rule.ts';

/** How much a window holds, and how it ages. */
export interface ContextWindowOptions<Content> extends Partial<StampOptions> {
  /** Tokens of each scale that frames can have, coarsest first: the stream's ladder, `[1, 9, 36, 144]`. */
  readonly ladder: readonly number[];
  /** Most tokens, frames and the text between them; leave room for the question and its answer. */
  readonly maxTokens: number;
  /** Longest time that a frame stays, seconds, > 0; pinned ones and the newest stay. Default: no limit. */
  readonly maxSeconds?: number | undefined;
  /** How contents get coarser: `tokenAging`, `pictureAging`. */
  readonly aging: Aging<Content>;
  /** Share of the limit that is left after a cut, 0.1 … 1. Smaller: cuts are rarer, and deeper. Default 0.8. */
  readonly cutTo?: number;
  /** Share of what a cut leaves that pinned frames may take, 0 … 1; the oldest beyond it lose their pin. Default 0.5. */
  readonly pinnedShare?: number;
}

/** {@link ContextWindowOptions} that were checked, with their defaults. */
export type WindowLimits<Content> = Required<Omit<ContextWindowOptions<Content>, 'maxSeconds'>> & {
  readonly maxSeconds: number;
  /** Most tokens after a cut. */
  readonly target: number;
};

/**
 * A stamp such as `[0:01:23.0]` is 11 tokens where a tokenizer takes digits one by one (Qwen), 9 where it takes three
 * (Llama 3): the estimate must not be below.
 */
const STAMP_TOKENS = 12;

/** Frames of less tokens than a stamp are known to five seconds. */
const STAMP_EVERY_S = 5;

const defaults = {
  cutTo: 0.8,
  pinnedShare: 0.5,
  stampTokens: STAMP_TOKENS,
  stampEveryS: STAMP_EVERY_S,
};

/** @throws FramenestError OPTION_INVALID, LADDER_INVALID */
export function checkWindow<Content>(options: ContextWindowOptions<Content>): WindowLimits<Content> {
  const limits = { ...defaults, ...options, maxSeconds: options.maxSeconds ?? Infinity };
  const { ladder, maxTokens, maxSeconds, cutTo, pinnedShare, stampTokens, stampEveryS } = limits;
  makeLadder(Math.sqrt(ladder.at(-1) ?? 0), ladder);
  check('cutTo', cutTo, cutTo >= 0.1 && cutTo <= 1, '0.1 to 1');
  check('pinnedShare', pinnedShare, pinnedShare >= 0 && pinnedShare <= 1, '0 to 1');
  check('stampTokens', stampTokens, stampTokens >= 0 && Number.isInteger(stampTokens), 'a whole number from 0 on');
  check('stampEveryS', stampEveryS, stampEveryS >= 0, 'seconds from 0 on');
  check('maxSeconds', maxSeconds, maxSeconds > 0, 'seconds above 0');
  const least = Math.ceil(leastTokens(ladder, stampTokens) / cutTo);
  check('maxTokens', maxTokens, Number.isInteger(maxTokens) && maxTokens >= least, `a whole number from ${least} on`);
  return { ...limits, target: Math.floor(maxTokens * cutTo) };
}

function check(name: string, value: number, holds: boolean, range: string): void {
  if (holds) return;
  throw new FramenestError('OPTION_INVALID', {
    what: `A context window cannot have ${name} ${value}.`,
    mend: `Give ${range}.`,
  });
}
