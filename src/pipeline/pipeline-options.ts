import { z } from 'zod';
import { FramenestError } from '../errors.ts';
import { DEFAULT_GATE } from '../scales/gate-policy.ts';

const policies = /^(change|fidelity|rate|budget|fixed:\d+)$/;

const schema = z.strictObject({
  /** Name of the stream in its packets. */
  stream: z.string().min(1).max(128).default('default'),
  /** Token counts of the scales, coarsest first, starting at 1; by default M3's up to 144. */
  ladder: z.array(z.int().positive()).min(1).max(8).optional(),
  /** Tokens of the finest scale that may be sent: ends the ladder there, or lengthens the default one to it. */
  maxScale: z.int().positive().optional(),
  /**
   * Who decides: pixels before the encoder (`change`), features after it (`fidelity`; `rate`: under a ceiling of tokens
   * a second; `budget`: a total for a whole file), or nobody (`fixed:S`: always S tokens).
   */
  policy: z.string().regex(policies, 'expected "change", "fidelity", "rate", "budget" or "fixed:S"').default('change'),
  /** Whole frames at one scale, or a cut of the scale tree; by default `tree` where features decide. */
  layout: z.enum(['uniform', 'tree']).optional(),
  /**
   * What one token must be worth, > 0; higher: fewer tokens. Policy `change`: squared grey levels that it saves,
   * default 400. Policies on features: cells × frames that it puts right, default 1; for `budget`, where to look first.
   */
  price: z.number().positive().optional(),
  /** Policies on features: mean error of a cell that may stay, in variances of the features; finer than the price asks. */
  tau: z.number().positive().optional(),
  /** Policy `rate`: ceiling, tokens a second of presentation time. */
  tokensPerSecond: z.number().positive().optional(),
  /** Policy `rate`: seconds of the ceiling that may be saved up and spent at once. */
  burstS: z.number().positive().default(5),
  /** Policy `budget`: tokens for the whole input, never exceeded. */
  budget: z.int().positive().optional(),
  /** Policies on features: weighted change of the pixels below which the encoder does not run, squared grey levels. */
  gate: z.number().nonnegative().default(DEFAULT_GATE),
  /** Seconds after which a significant residual of the pixels is acted on whatever it costs. */
  refreshS: z.number().positive().default(10),
  /** Policy `change`: how much cheaper a coarser scale must be before it replaces the last one, 0 … 1. */
  hysteresis: z.number().min(0).max(1).default(0.15),
  /** Shortest scene between two cuts, seconds. */
  minSceneS: z.number().nonnegative().default(0.4),
  /**
   * The input is one camera that looks at one place: another light is waited for until it rests, and places that always
   * change (leaves, rain, a clock) are learned and told every `refreshS` alone. By default of live sources.
   */
  camera: z.boolean().optional(),
  /** Number format of the tokens. */
  dtype: z.enum(['F16', 'BF16', 'F32', 'I8']).default('F16'),
  /**
   * Frames in flight between decoder and sink at most: the bound on memory, and on how old a live frame gets. By default
   * 4 for a live source, 16 for a file.
   */
  window: z.int().min(1).max(256).optional(),
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
  if (result.success) return checkTogether(result.data);
  const issue = result.error.issues[0];
  const name = String(issue?.code === 'unrecognized_keys' ? issue.keys[0] : (issue?.path[0] ?? 'options'));
  throw new FramenestError('OPTION_INVALID', {
    what: `Option "${name}" is ${show(input, name)}: ${issue?.message ?? 'not understood'}.`,
    mend: 'docs/options.md lists every option with its unit, range and default.',
    cause: result.error,
  });
}

/**
 * A frame costs one token at least: a ceiling below the frame rate cannot be kept.
 * @throws FramenestError OPTION_INVALID
 */
export function checkRate({ tokensPerSecond }: PipelineOptions, fps: number | 'native'): void {
  if (tokensPerSecond === undefined || fps === 'native' || tokensPerSecond >= fps) return;
  throw new FramenestError('OPTION_INVALID', {
    what: `Option "tokensPerSecond" is ${tokensPerSecond}, below ${fps} frames a second, each of which takes one token or more.`,
    mend: `Give at least ${fps} tokens a second, or fewer frames with --fps.`,
  });
}

/** The value of an option as a message shows it; whatever a caller may have put there. */
function show(input: unknown, name: string): string {
  const value: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, name) : input;
  if (Array.isArray(value)) return `[${value.map(String).join(', ')}]`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Frames in flight where the options do not say: few of a camera, whose frames must not grow old on the way. */
const WINDOW = { live: 4, file: 16 } as const;

/** Frames in flight between decoder and sink at most. */
export function windowOf({ window }: PipelineOptions, live: boolean): number {
  return window ?? (live ? WINDOW.live : WINDOW.file);
}

/** Whether the tokens are chosen after the encoder, from the features. */
export function decidesOnFeatures({ policy }: PipelineOptions): boolean {
  return policy === 'fidelity' || policy === 'rate' || policy === 'budget';
}

/** What fits no single option: one that its policy needs, or that nobody would heed. */
function checkTogether(options: PipelineOptions): PipelineOptions {
  const { policy, layout, tokensPerSecond, budget, tau } = options;
  const refuse = (name: string, is: unknown, expected: string): never => {
    throw new FramenestError('OPTION_INVALID', {
      what: `Option "${name}" is ${String(is)} with policy "${policy}": ${expected}.`,
      mend: 'docs/options.md says which policy heeds which option.',
    });
  };
  const owned = (name: string, value: unknown, owner: string): void => {
    if (policy === owner && value === undefined) refuse(name, 'missing', 'this policy needs it');
    if (policy !== owner && value !== undefined) refuse(name, value, `only policy "${owner}" heeds it`);
  };
  owned('tokensPerSecond', tokensPerSecond, 'rate');
  owned('budget', budget, 'budget');
  if (!decidesOnFeatures(options) && layout === 'tree') refuse('layout', layout, 'only policies on features cut trees');
  if (!decidesOnFeatures(options) && tau !== undefined) refuse('tau', tau, 'only policies on features heed it');
  return options;
}
