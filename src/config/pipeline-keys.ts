import { z } from 'zod';
import { FramenestError } from '../errors.ts';
import { ladderOf, policyOf } from '../pipeline/choosers.ts';
import { checkRate, parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import type { PipelineOptions, PipelineOptionsInput } from '../pipeline/pipeline-options.ts';
import { optionWords } from './option-words.ts';
import type { Path } from './yaml-document.ts';

type OptionName = Exclude<keyof PipelineOptionsInput, 'stream' | 'budget' | 'epoch'>;

/** What the file calls each option: units do not show in its names. */
const keyOf = {
  policy: 'policy',
  ladder: 'ladder',
  maxScale: 'maxScale',
  layout: 'layout',
  price: 'price',
  tau: 'tau',
  tokensPerSecond: 'tokensPerSecond',
  burstS: 'burst',
  gate: 'gate',
  refreshS: 'refresh',
  hysteresis: 'hysteresis',
  minSceneS: 'minScene',
  camera: 'camera',
  dtype: 'dtype',
  window: 'window',
} as const satisfies Record<OptionName, string>;

const names = Object.keys(keyOf) as OptionName[];

/** A key of the file that is an option of the pipeline. */
export type PipelineKey = (typeof keyOf)[OptionName];

/** A record with the same value under each of the pipeline's keys. */
export function pipelineKeys<T>(value: T): Record<PipelineKey, T> {
  return Object.fromEntries(Object.values(keyOf).map((key) => [key, value])) as Record<PipelineKey, T>;
}

/** What is wrong with a key. */
export interface KeyFault {
  /** From the source down: the key, and the place where it is a list. */
  readonly path: Path;
  readonly words: string;
  /** The value would do, but not beside others: the fault is this source's, wherever the value came from. */
  readonly together: boolean;
}

/** The options of one source's pipeline, or everything that is wrong with them. */
export type CheckedOptions =
  { readonly options: PipelineOptions; readonly faults: readonly [] } | { readonly faults: readonly KeyFault[] };

/** What a pipeline works on. */
export interface Encoding {
  /** Frames a second to keep, whatever stands in the file. */
  readonly fps: unknown;
  /** Rows of the encoder's patch grid, where that is known before it is opened. */
  readonly gridSide: number | undefined;
}

/**
 * Has the pipeline check its keys.
 * @param values - of one source, in the file's words
 */
export function checkPipelineKeys(values: Readonly<Record<string, unknown>>, encoding: Encoding): CheckedOptions {
  const input = toInput(values);
  if (input['policy'] === 'budget') return { faults: [{ path: ['policy'], words: policyWords, together: false }] };
  const faults: KeyFault[] = [];
  // One that does not go with the others is put aside to find the next one.
  for (let rest = names.length; rest > 0; rest--) {
    const { options, faults: found } = attempt(input, encoding);
    const [first] = found;
    // It was put aside, and is missed now.
    if (faults.some(({ path }) => path[0] === first?.path[0])) break;
    faults.push(...found);
    if (options && faults.length === 0) return { options, faults: [] };
    if (first?.together !== true || !dropKey(input, first.path[0])) break;
  }
  return { faults };
}

const policyWords =
  'expected change, fidelity, rate or fixed:S (budget reads its whole input first: it is for `framenest run`)';

function toInput(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = names.map((name) => [name, values[keyOf[name]]] as const);
  const { name } = values;
  // The name has its own check, and its own message.
  const stream = typeof name === 'string' && name.length >= 1 && name.length <= 128 ? name : 'default';
  return { stream, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

function dropKey(input: Record<string, unknown>, key: PropertyKey | undefined): boolean {
  const name = names.find((candidate) => keyOf[candidate] === key);
  return name !== undefined && name in input && Reflect.deleteProperty(input, name);
}

interface Attempt {
  readonly options?: PipelineOptions;
  readonly faults: readonly KeyFault[];
}

function attempt(input: Record<string, unknown>, { fps, gridSide }: Encoding): Attempt {
  try {
    const options = parsePipelineOptions(input);
    if (typeof fps === 'number') checkRate(options, fps);
    return { options, faults: gridSide === undefined ? [] : ladderFaults(options, gridSide) };
  } catch (thrown) {
    if (!(thrown instanceof FramenestError)) throw thrown;
    return { faults: optionFaults(thrown) };
  }
}

/** What OPTION_INVALID says, key by key: zod's issues where a value is out of range, else the one that does not fit. */
function optionFaults({ cause, what }: FramenestError): KeyFault[] {
  if (cause instanceof z.ZodError) {
    return cause.issues.map((issue) => {
      const [name, ...rest] = issue.path;
      const words = name === 'policy' ? policyWords : optionWords(issue);
      return { path: [keyFor(String(name)), ...rest], words, together: false };
    });
  }
  const [, name = '', words = what] = /^Option "(\w+)" is [^,]*?(?:, | with policy "[^"]*": )(.*)\.$/s.exec(what) ?? [];
  return [{ path: [keyFor(name)], words, together: true }];
}

function ladderFaults(options: PipelineOptions, gridSide: number): KeyFault[] {
  let key = options.ladder === undefined ? 'maxScale' : 'ladder';
  try {
    const ladder = ladderOf(options, gridSide);
    key = 'policy';
    policyOf(options, ladder);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof FramenestError)) throw thrown;
    return [{ path: [key], words: thrown.what.replace(/\.$/, ''), together: true }];
  }
}

function keyFor(name: string): string {
  return names.includes(name as OptionName) ? keyOf[name as OptionName] : name;
}
