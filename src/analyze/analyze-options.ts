import { z } from 'zod';
import { FramenestError } from '../errors.ts';

/** Most frames of one analysis: each keeps up to nine rows of channels until the end. */
const MOST_FRAMES = 10_000;

const schema = z.strictObject({
  /** Share of the features' variance that a frame may lose, 0 … 1: what the recommendation is for. */
  tau: z.number().positive().max(1).default(0.3),
  /** Frames to analyse at most, 1 … 10,000: the first ones. */
  frames: z.int().positive().max(MOST_FRAMES).default(2000),
  /** Of the shuffled scales: the same seed gives the same figures. */
  seed: z.int().nonnegative().default(1),
});

/** Options of an analysis, checked, with every default filled in. */
export type AnalyzeOptions = z.output<typeof schema>;

/** Options of an analysis as a caller writes them. */
export type AnalyzeOptionsInput = z.input<typeof schema>;

/**
 * Checks the options once, at the door.
 * @throws FramenestError OPTION_INVALID naming the option, its value and what is expected
 */
export function parseAnalyzeOptions(input: AnalyzeOptionsInput): AnalyzeOptions {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.code === 'unrecognized_keys' ? issue.keys[0] : (issue?.path[0] ?? 'options'));
  throw new FramenestError('OPTION_INVALID', {
    what: `Option "${name}" is ${String(Reflect.get(input, name))}: ${issue?.message ?? 'not understood'}.`,
    mend: 'docs/analyze.md lists every option with its unit, range and default.',
    cause: result.error,
  });
}
