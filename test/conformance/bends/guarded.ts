import { telling } from './bending.ts';
import type { BrokenRule } from './bending.ts';

/** With which the server lets in. */
export const TOKEN = 'of-visible-characters-only';

/** Of what only a server with tokens, a durable log and many streams shows. */
export const guardedRules: Record<string, BrokenRule> = {
  'lets everybody in': {
    fails: ['refuses a client without a token, or with a wrong one'],
    headers: (headers) => ({ ...headers, authorization: `Bearer ${TOKEN}` }),
  },
  'has no word for too many subscriptions': {
    fails: ['takes as many subscriptions as welcome says and refuses the next'],
    bend: () => telling('error', (message) => [{ ...message, code: 'INTERNAL' }]),
  },
  'answers no acks': {
    fails: ['ack is answered by acked on a durable stream'],
    bend: () => telling('acked', () => []),
  },
};
