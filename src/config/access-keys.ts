import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isToken, tokenWords } from '../wire/access-token.ts';
import { expected, map, text } from './schema-words.ts';

/** Upper bounds. */
const MOST = { tokens: 256, streams: 256 } as const;

const digestWords = 'the SHA-256 of a token, 64 hexadecimal digits';
const streamsWords = `a list of at most ${MOST.streams} names of streams`;
const streamWords = 'the name of a stream, or its beginning and "*"';
const tokensWords = `a list of at most ${MOST.tokens} tokens`;
const expiresWords = 'a date or a time, such as 2031-01-31 or 2031-01-31T18:00:00Z';

const rule = map({
  name: text('1 … 128 letters, digits, ".", "_" or "-"', /^[\w.-]{1,128}$/),
  token: z.string(expected(tokenWords)).refine(isToken, expected(tokenWords)).optional(),
  sha256: text(digestWords, /^[0-9A-Fa-f]{64}$/).optional(),
  streams: z
    .array(text(streamWords, /^(?=.)[\w.-]{0,128}\*?$/), expected(streamsWords))
    .max(MOST.streams, expected(streamsWords))
    .default([]),
  metrics: z.boolean(expected('true or false')).default(false),
  expires: z.union([z.iso.date(), z.iso.datetime({ offset: true })], expected(expiresWords)).optional(),
})
  .refine(({ token, sha256 }) => (token === undefined) !== (sha256 === undefined), {
    error: 'expected either "token" or "sha256"',
  })
  .refine(({ streams, metrics }) => streams.length > 0 || metrics, {
    error: 'expected "streams", or "metrics: true": this token may do nothing',
  });

type Rule = z.output<typeof rule>;

/** SHA-256 of a rule's token, lower case. */
export function digestOf({ token, sha256 = '' }: Pick<Rule, 'token' | 'sha256'>): string {
  return token === undefined ? sha256.toLowerCase() : createHash('sha256').update(token, 'latin1').digest('hex');
}

/** The key `access`: who may see what. */
export const accessKeys = map({
  tokens: z
    .array(rule, expected(tokensWords))
    .max(MOST.tokens, expected(tokensWords))
    .superRefine((rules, context) => {
      const once = (key: 'name' | 'token', of: (rule: Rule) => string): void => {
        const first = new Map<string, number>();
        for (const [index, each] of rules.entries()) {
          const before = first.get(of(each));
          if (before === undefined) first.set(of(each), index);
          else {
            const message = `expected a ${key} of its own, and access.tokens[${before}] has this one`;
            const path = key === 'name' ? [index, 'name'] : [index];
            context.addIssue({ code: 'custom', path, message });
          }
        }
      };
      once('name', ({ name }) => name);
      once('token', digestOf);
    })
    .default([]),
}).prefault({});
