import { closing, subscribing, telling, without } from './bending.ts';
import type { BrokenRule } from './bending.ts';

const unheard = 'a query of a stream that takes none is OPTION_INVALID and the session goes on';
const coarse = 'query leaves fine only a part of a frame';

/** Of standing queries, at a server with a stream "asked" that takes them and a stream "plain" that does not. */
export const queryRules: Record<string, BrokenRule> = {
  'does not know query': { fails: [unheard, coarse], bend: without('query') },
  'subscribes without it who asks in vain': {
    fails: [unheard],
    bend: () =>
      subscribing('query', ({ query, ...rest }) => ({ ...rest, ...(rest['stream'] === 'asked' && { query }) })),
  },
  'ends the session for a query': {
    fails: [unheard],
    bend: (ends) => closing(ends, ({ stream, query }) => stream === 'plain' && query !== undefined, 4400),
  },
  'blames the whole session for a query': {
    fails: [unheard],
    bend: () =>
      telling('error', (error) => [Object.fromEntries(Object.entries(error).filter(([key]) => key !== 'stream'))]),
  },
};
