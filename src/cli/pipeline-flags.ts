import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { DecoderChoice } from '../decode/open-source.ts';
import { defaultEncoder } from '../encode/known-encoders.ts';
import type { TokenDtype } from '../media/packet.ts';
import type { PipelineOptionsInput } from '../pipeline/pipeline-options.ts';

/** Flags that every command with a pipeline has. */
export interface PipelineFlags {
  readonly fps: number | 'native';
  readonly encoder: string;
  readonly encoderCard?: string;
  readonly device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  readonly decoder: DecoderChoice;
  readonly ladder?: number[];
  readonly policy: string;
  readonly price: number;
  readonly refresh: number;
  readonly dtype: TokenDtype;
}

/** Adds the flags to a command. */
export function addPipelineFlags(command: Command): Command {
  return command
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
    .option('--policy <NAME>', 'change: as many tokens as the change is worth; fixed:S: always S tokens', 'change')
    .addOption(
      new Option('--price <N>', 'policy change: squared grey levels that one token must save; higher: fewer tokens')
        .argParser(parsePositive)
        .default(400),
    )
    .addOption(
      new Option('--refresh <S>', 'policy change: seconds after which a change is sent whatever it costs')
        .argParser(parsePositive)
        .default(10),
    )
    .addOption(
      new Option('--dtype <NAME>', 'number format of the tokens').choices(['F16', 'BF16', 'F32', 'I8']).default('F16'),
    );
}

/** The pipeline's options that these flags stand for. */
export function pipelineOptions({ ladder, policy, price, refresh, dtype }: PipelineFlags): PipelineOptionsInput {
  return { policy, price, refreshS: refresh, dtype, ...(ladder && { ladder }) };
}

function parseFps(text: string): number | 'native' {
  return text === 'native' ? 'native' : parsePositive(text);
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

function parseLadder(text: string): number[] {
  const tokens = text.split(',').map(Number);
  if (tokens.every((n) => Number.isInteger(n) && n > 0)) return tokens;
  throw new InvalidArgumentError('Expected token counts such as 1,9,36,144.');
}
