import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { FramenestError } from '../errors.ts';
import type { HostQuestion, LlmHost, TokenExpectation } from '../llm/host.ts';
import { hostSpellings, openHost } from '../llm/open-host.ts';
import { parseCount } from './parse-number.ts';

/** Tokens of a context where neither the user nor the host says less. */
const DEFAULT_CONTEXT = 4096;

/** Tokens of a chat template around a question, at most. */
const TEMPLATE = 64;

/** Flags that every command with a language model has. */
export interface HostFlags {
  readonly host: string;
  readonly model?: string;
  readonly context?: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly system?: string;
  readonly hidden?: number;
  readonly grid?: 'raster' | 'grid';
  readonly expectsEncoder?: string;
}

/** Adds the flags to a command. */
export function addHostFlags(command: Command): Command {
  const count = (flags: string, text: string): Option => new Option(flags, text).argParser(parseCount);
  return command
    .addOption(
      new Option(
        '--host <SPEC>',
        `who answers: ${hostSpellings}. Keys come from OPENAI_API_KEY and GEMINI_API_KEY, for a URL from FRAMENEST_HOST_KEY`,
      ).makeOptionMandatory(),
    )
    .option('--model <NAME>', 'model, as the host knows it (default: the first that it serves, where it says so)')
    .addOption(
      count('--context <TOKENS>', `tokens of frames to show it (default: ${DEFAULT_CONTEXT}, less where less fits)`),
    )
    .addOption(count('--max-tokens <N>', 'tokens of an answer at most').default(256))
    .addOption(
      new Option('--temperature <T>', '0: always the likeliest word; higher: more varied, up to 2')
        .argParser(parseTemperature)
        .default(0),
    )
    .option('--system <TEXT>', 'instruction before the video, where the host takes one (default: none)')
    .addOption(
      count(
        '--hidden <N>',
        "channels of the model's token embeddings (default: as known of the model; for hosts that take tokens)",
      ),
    )
    .addOption(
      new Option(
        '--grid <SHAPE>',
        'raster: LLaVA; grid: Qwen-VL (default: as known of the model; needs --hidden)',
      ).choices(['raster', 'grid']),
    )
    .option(
      '--expects-encoder <DIGEST>',
      'the one encoder whose tokens the model understands (default: any; needs --hidden)',
    );
}

/**
 * Opens the host that the flags name; its owner closes it.
 * @throws FramenestError as `openHost` does; ABORTED as soon as the signal says so: one that opens later is closed
 */
export async function openFlaggedHost(flags: HostFlags, signal: AbortSignal): Promise<LlmHost> {
  const { host, model } = flags;
  const expects = expectationOf(flags);
  const opening = openHost(host, { ...(model !== undefined && { model }), ...(expects && { expects }) });
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new FramenestError('ABORTED', { what: 'The command was stopped.', mend: 'Start it again.' }));
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([opening, stopped]);
  } catch (thrown) {
    void opening.then((late) => late.close()).catch(() => undefined);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The part of a question that the flags say. */
export function flaggedQuestion(
  prompt: string,
  { system, maxTokens, temperature }: HostFlags,
): Pick<HostQuestion<unknown>, 'prompt' | 'system' | 'maxTokens' | 'temperature'> {
  return { prompt, maxTokens, temperature, ...(system !== undefined && { system }) };
}

/**
 * Tokens of frames, and of the time stamps between them, that fit beside a question and its answer.
 * @throws FramenestError CONTEXT_FULL where what was asked for does not fit
 */
export function contextTokens(host: LlmHost, prompt: string, { context, system = '', maxTokens }: HostFlags): number {
  // A token of text is a byte at the least, three as a rule.
  const words = Math.ceil(Buffer.byteLength(prompt + system) / 3) + TEMPLATE;
  const room = (host.contextTokens ?? Infinity) - maxTokens - words;
  const wanted = context ?? Math.min(DEFAULT_CONTEXT, room);
  if (wanted >= 1 && wanted <= room) return Math.floor(wanted);
  throw new FramenestError('CONTEXT_FULL', {
    what: `${host.name} takes ${host.contextTokens ?? 0} tokens; an answer of ${maxTokens} and a question of about ${words} leave ${Math.max(0, room)} for frames.`,
    mend: 'Give a smaller --context or --max-tokens, or a shorter question.',
  });
}

function expectationOf({ hidden, grid, expectsEncoder }: HostFlags): TokenExpectation | undefined {
  if (hidden !== undefined) {
    return { channels: hidden, ...(grid && { shape: grid }), ...(expectsEncoder && { encoder: expectsEncoder }) };
  }
  const given = grid === undefined ? expectsEncoder && '--expects-encoder' : '--grid';
  if (!given) return undefined;
  throw new FramenestError('OPTION_INVALID', {
    what: `${given} is given without --hidden.`,
    mend: "Give --hidden too: the channels of the model's token embeddings.",
  });
}

function parseTemperature(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 2) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 2.');
}

/** Seconds of each unit of a duration. */
const units = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

/** Reads a duration: `10s`, `500ms`, `2m`, `1h`; a bare number is seconds. @returns seconds, ≥ 0 */
export function parseDuration(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * units[unit as keyof typeof units];
  throw new InvalidArgumentError('Expected a time such as 10s, 500ms, 2m or 1h.');
}
