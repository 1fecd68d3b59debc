import { z } from 'zod';
import { FramenestError } from '../errors.ts';
import type { Ladder } from '../media/token-scale.ts';
import { changePolicy } from '../scales/change-policy.ts';
import { fixedPolicy } from '../scales/fixed-policy.ts';
import { defaultLadder, makeLadder, scaleOf } from '../scales/ladder.ts';
import type { ScalePolicy } from '../scales/scale-policy.ts';

const schema = z.strictObject({
  /** Name of the stream in its packets. */
  stream: z.string().min(1).max(128).default('default'),
  /** Token counts of the scales, coarsest first, starting at 1; by default M3's up to 144. */
  ladder: z.array(z.int().positive()).min(1).max(8).optional(),
  /** `change`: as many tokens as the change is worth. `fixed:S`: always S tokens. */
  policy: z
    .string()
    .regex(/^(change|fixed:\d+)$/, 'expected "change" or "fixed:S"')
    .default('change'),
  /** Policy `change`: squared grey levels that one token must save, > 0. Higher: fewer tokens. */
  price: z.number().positive().default(400),
  /** Policy `change`: seconds after which a significant residual is sent whatever it costs. */
  refreshS: z.number().positive().default(10),
  /** Policy `change`: how much cheaper a coarser scale must be before it replaces the last one, 0 … 1. */
  hysteresis: z.number().min(0).max(1).default(0.15),
  /** Shortest scene between two cuts, seconds. */
  minSceneS: z.number().nonnegative().default(0.4),
  /** Number format of the tokens. */
  dtype: z.enum(['F16', 'BF16', 'F32', 'I8']).default('F16'),
  /** Frames in flight between decoder and sink at most: the bound on memory. */
  window: z.int().min(1).max(256).default(16),
  /** Changes when a live source restarts. */
  epoch: z.int().nonnegative().default(0),
});

/** Options of a pipeline, checked, with every default filled in. */
export type PipelineOptions = z.output<typeof schema>;

/** Options of a pipeline as a caller writes them: all may be left out. */
export type PipelineOptionsInput = z.input<typeof schema>;

/**
 * Checks the options once, at the door.
 * @throws FramenestError OPTION_INVALID naming the option, its value and what is expected
 */
export function parsePipelineOptions(input: PipelineOptionsInput): PipelineOptions {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.code === 'unrecognized_keys' ? issue.keys[0] : (issue?.path[0] ?? 'options'));
  throw new FramenestError('OPTION_INVALID', {
    what: `Option "${name}" is ${show(input, name)}: ${issue?.message ?? 'not understood'}.`,
    mend: 'docs/options.md lists every option with its unit, range and default.',
    cause: result.error,
  });
}

/** The value of an option as a message shows it; whatever a caller may have put there. */
function show(input: unknown, name: string): string {
  const value: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, name) : input;
  if (Array.isArray(value)) return `[${value.map(String).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** The ladder that the options name for an encoder's patch grid, or that grid's default. */
export function ladderOf({ ladder }: PipelineOptions, gridSide: number): Ladder {
  return ladder === undefined ? defaultLadder(gridSide) : makeLadder(gridSide, ladder);
}

/** A fresh policy, with the state of one stream. */
export function policyOf(options: PipelineOptions, ladder: Ladder): ScalePolicy {
  if (options.policy === 'change') return changePolicy(ladder, options);
  return fixedPolicy(scaleOf(ladder, Number(options.policy.slice('fixed:'.length))));
}
