import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { analyze } from '../../analyze/analyze.ts';
import type { AnalyzeOptionsInput } from '../../analyze/analyze-options.ts';
import { parseAnalyzeOptions } from '../../analyze/analyze-options.ts';
import type { Analyzed } from '../../analyze/analyze.ts';
import { redactInput } from '../../decode/redact.ts';
import type { VisionEncoder } from '../../media/vision-encoder.ts';
import { writeAtomic } from '../../log/atomic-file.ts';
import { openFlaggedEncoder, openFlaggedSource } from '../open-parts.ts';
import type { OpenFlags } from '../open-parts.ts';
import { addPipelineFlags } from '../pipeline-flags.ts';
import { analyzeBar } from '../render/analyze-bar.ts';
import { analyzeTables } from '../render/analyze-tables.ts';
import { outColors } from '../render/colors.ts';
import { stopSignal } from '../stop-signal.ts';

/** Those of {@link OpenFlags}; the flags of policies do not count here, all of them run. */
const shared = ['--fps', '--encoder', '--encoder-card', '--device', '--decoder'];

interface AnalyzeFlags extends OpenFlags {
  readonly tau: number;
  readonly frames: number;
  readonly seed: number;
  readonly json?: true;
  readonly html?: string;
}

/** `framenest analyze`: which granularity a video needs. */
export function addAnalyze(program: Command): void {
  const defaults = parseAnalyzeOptions({});
  const command = program
    .command('analyze')
    .description('find the scales, policy and price that a video needs, and what they would cost')
    .argument('<input>', 'video file, http or rtsp URL, or capture device');
  for (const option of addPipelineFlags(program.createCommand()).options) {
    if (shared.includes(option.long ?? '')) command.addOption(option);
  }
  command
    .addOption(
      new Option('--tau <SHARE>', "share of the features' variance that may be lost, above 0 and up to 1")
        .argParser(parseNumber)
        .default(defaults.tau),
    )
    .addOption(
      new Option('--frames <COUNT>', 'frames to analyse at most, the first ones, 1 … 10000')
        .argParser(parseNumber)
        .default(defaults.frames),
    )
    .addOption(
      new Option('--seed <INTEGER>', 'of the shuffled scales; the same seed gives the same figures')
        .argParser(parseNumber)
        .default(defaults.seed),
    )
    .option('--html <FILE>', 'write one page with plots and thumbnails that needs no network (default: none)')
    .option('--json', 'print one JSON object at the end instead of tables')
    .action((input: string, flags: AnalyzeFlags) => run(input, flags));
}

async function run(input: string, flags: AnalyzeFlags): Promise<void> {
  const { tau, frames, seed } = flags;
  const options = parseAnalyzeOptions({ tau, frames, seed });
  const signal = stopSignal();
  const encoder = await openFlaggedEncoder(flags, signal);
  try {
    const analyzed = await read(input, flags, options, encoder, signal);
    if (flags.html !== undefined) await writePage(input, flags, analyzed);
    process.stdout.write(flags.json ? `${JSON.stringify(analyzed.report)}\n` : describe(analyzed, flags.html));
  } finally {
    await encoder.dispose();
  }
}

async function read(
  input: string,
  flags: OpenFlags,
  options: AnalyzeOptionsInput,
  encoder: VisionEncoder,
  signal: AbortSignal,
): Promise<Analyzed> {
  const source = await openFlaggedSource(input, flags, encoder, signal);
  const bar = analyzeBar(source.facts.durationS);
  try {
    return await analyze({ source, encoder, options, signal, onProgress: bar.update });
  } finally {
    bar.stop();
    await source.close();
  }
}

async function writePage(input: string, flags: AnalyzeFlags, analyzed: Analyzed): Promise<void> {
  const { html = '', fps, encoder: name, tau, frames, seed } = flags;
  // Plots and pictures take 20 MB of code: only where a page is wanted.
  const { makePage } = await import('../../analyze/page/page.ts');
  const command = `framenest analyze ${redactInput(input)} --encoder ${name} --fps ${fps} --tau ${tau} --frames ${frames} --seed ${seed}`;
  await writeAtomic(html, await makePage(analyzed, command));
}

function describe({ report }: Analyzed, html: string | undefined): string {
  const page = html === undefined ? '' : `${outColors.dim(`page: ${html}`)}\n`;
  return `${analyzeTables(report)}\n${page}`;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}
