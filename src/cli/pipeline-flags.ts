import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { DecoderChoice } from '../decode/open-source.ts';
import { defaultEncoder } from '../encode/known-encoders.ts';
import type { TokenDtype } from '../media/packet.ts';
import { DEFAULT_GATE } from '../scales/gate-policy.ts';
import type { PipelineOptionsInput } from '../pipeline/pipeline-options.ts';
import { parseCount, parseNonNegative, parsePositive } from './parse-number.ts';

/** Flags that every command with a pipeline has. */
export interface PipelineFlags {
  readonly fps: number | 'native';
  readonly encoder: string;
  readonly encoderCard?: string;
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  readonly decoder: DecoderChoice;
  readonly ladder?: number[];
  readonly maxScale?: number;
  readonly policy: string;
  readonly layout?: 'uniform' | 'tree';
  readonly price?: number;
  readonly tau?: number;
  readonly tokensPerSecond?: number;
  readonly burst: number;
  readonly budget?: number;
  readonly gate: number;
  readonly refresh: number;
  readonly dtype: TokenDtype;
}

/** Adds the flags to a command. */
export function addPipelineFlags(command: Command): Command {
  command
    .addOption(
      new Option('--fps <N>', 'frames per second to keep at most; "native" keeps every frame')
        .argParser(parseFps)
        .default(2),
    )
    .addOption(
      new Option('--encoder <NAME>', 'vision encoder: a known name, a folder, or hf:OWNER/NAME[@REV]').default(
        defaultEncoder,
      ),
    )
    .option('--encoder-card <FILE>', 'model card (framenest.json) for an encoder folder that has none (default: none)')
    .addOption(
      new Option('--device <NAME>', 'where the encoder runs')
        .choices(['auto', 'cpu', 'webgpu', 'cuda'])
        .default('auto'),
    )
    .addOption(
      new Option('--decoder <NAME>', 'what decodes: the built-in libav, or the ffmpeg on this machine')
        .choices(['auto', 'libav', 'ffmpeg'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--ladder <LIST>',
        "tokens of each scale, coarsest first (default: M3's, 1,9,36,144 on a 24×24 grid)",
      ).argParser(parseLadder),
    )
    .addOption(
      new Option(
        '--max-scale <S>',
        'tokens of the finest scale that may be sent (default: the last of the ladder)',
      ).argParser(parseCount),
    )
    .addOption(
      new Option('--dtype <NAME>', 'number format of the tokens').choices(['F16', 'BF16', 'F32', 'I8']).default('F16'),
    );
  return addPolicyFlags(command);
}

/** Who decides how many tokens a frame gets, and where. */
function addPolicyFlags(command: Command): Command {
  const number = (flags: string, text: string): Option => new Option(flags, text).argParser(parsePositive);
  return command
    .option(
      '--policy <NAME>',
      'who decides: change (pixels), fidelity (features), rate (features, tokens/s), budget (features, total), fixed:S',
      'change',
    )
    .addOption(
      new Option(
        '--layout <NAME>',
        'one scale a frame, or a cut of the scale tree (default: tree where features decide, else uniform)',
      ).choices(['uniform', 'tree']),
    )
    .addOption(
      number(
        '--price <N>',
        'what a token must be worth; higher: fewer tokens. change: squared grey levels (default: 400); on features: cells × frames (default: 0.75)',
      ),
    )
    .addOption(
      number(
        '--tau <E>',
        'on features: mean error of a cell that may stay, in variances of the features (default: none)',
      ),
    )
    .addOption(number('--tokens-per-second <N>', 'policy rate: ceiling, tokens a second (default: none)'))
    .addOption(number('--burst <S>', 'policy rate: seconds of the ceiling that may be spent at once').default(5))
    .addOption(
      new Option('--budget <N>', 'policy budget: tokens for the whole input, never exceeded (default: none)').argParser(
        parseCount,
      ),
    )
    .addOption(
      new Option('--gate <N>', 'on features: change of the pixels below which the encoder rests, squared grey levels')
        .argParser(parseNonNegative)
        .default(DEFAULT_GATE),
    )
    .addOption(number('--refresh <S>', 'seconds after which a change is acted on whatever it costs').default(10));
}

/** The pipeline's options that these flags stand for. */
export function pipelineOptions(flags: PipelineFlags): PipelineOptionsInput {
  const { ladder, maxScale, policy, layout, price, tau, tokensPerSecond, burst, budget, gate, refresh, dtype } = flags;
  const given = { ladder, maxScale, layout, price, tau, tokensPerSecond, budget };
  const options = { policy, burstS: burst, gate, refreshS: refresh, dtype };
  return { ...options, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function parseFps(text: string): number | 'native' {
  return text === 'native' ? 'native' : parsePositive(text);
}

function parseLadder(text: string): number[] {
  const tokens = text.split(',').map(Number);
  if (tokens.every((n) => Number.isInteger(n) && n > 0)) return tokens;
  throw new InvalidArgumentError('Expected token counts such as 1,9,36,144.');
}
