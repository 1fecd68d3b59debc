import { z } from 'zod';

/** The message of a check: what was expected, and nothing of what was found. */
export const expected = (words: string): { error: string } => ({ error: `expected ${words}` });

/** One of these names. */
export const choice = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, expected(names.join(' | ')));

/** A short text; a pattern that repeats up to thousands is for {@link upTo}. */
export const text = (words: string, pattern: RegExp) => z.string(expected(words)).regex(pattern, expected(words));

/** A repetition up to thousands in a pattern can exhaust V8's regexp compiler, which ends the process: length is counted. */
export const upTo = (words: string, most: number, isText: (text: string) => boolean) =>
  z.string(expected(words)).refine((text) => text.length > 0 && text.length <= most && isText(text), expected(words));

/** A number of which this holds. */
export const ranged = (words: string, holds: (n: number) => boolean) =>
  z.number(expected(words)).refine(holds, expected(words));

/** Seconds, above 0. */
export const secondsUpTo = (most: number) => ranged(`seconds above 0, up to ${most}`, (n) => n > 0 && n <= most);

/** A whole number, both ends included. */
export const whole = (from: number, to: number) =>
  ranged(`a whole number, ${from} … ${to}`, (n) => Number.isInteger(n) && n >= from && n <= to);

/** Keys with values, and no other keys. */
export const map = <Shape extends z.ZodRawShape>(shape: Shape, words = 'keys with values') =>
  z.strictObject(shape, expected(words));

/** A path of a file: one line. */
export const path = (words: string) => upTo(words, 4096, (text) => !/[\0\n\r\u2028\u2029]/.test(text));
