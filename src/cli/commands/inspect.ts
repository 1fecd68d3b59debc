import Table from 'cli-table3';
import type { Command } from 'commander';
import { FramenestError } from '../../errors.ts';
import { inspect } from '../../jobs/inspect.ts';
import type { PartReport } from '../../jobs/inspect.ts';
import { formatTime, formatTimebase, seconds } from '../../media/timebase.ts';
import { outColors } from '../render/colors.ts';

/** `framenest inspect`: what a part or an output folder holds, and what is wrong with it. */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what a part file or an output folder holds, and check it')
    .argument('<path>', 'a .safetensors part, or the folder of a run')
    .option('--json', 'print one JSON array, one object a part')
    .action(async (path: string, { json }: { json?: true }) => {
      const reports = await inspect(path);
      const summaries = reports.map(summarize);
      process.stdout.write(json ? `${JSON.stringify(summaries)}\n` : `${table(summaries)}\n`);
      const broken = reports.filter((report) => report.problems.length > 0);
      if (broken.length > 0) throw isBroken(path, broken);
    });
}

interface PartSummary {
  readonly file: string;
  readonly bytes: number;
  readonly problems: readonly string[];
  readonly stream?: string;
  readonly encoder?: string;
  readonly timebase?: string;
  readonly dtype?: string;
  readonly channels?: number;
  readonly frames?: number;
  readonly tokens?: number;
  readonly scales?: Record<string, number>;
  readonly fromS?: number;
  readonly toS?: number;
}

function summarize({ file, bytes, packet, problems }: PartReport): PartSummary {
  if (!packet) return { file, bytes, problems };
  const { header, frames, dtype, channels } = packet;
  const scales: Record<string, number> = {};
  for (const { tokens } of frames) scales[tokens] = (scales[tokens] ?? 0) + 1;
  return {
    file,
    bytes,
    problems,
    stream: header.stream,
    encoder: header.encoder,
    timebase: formatTimebase(header.timebase),
    dtype,
    channels,
    frames: frames.length,
    tokens: frames.reduce((sum, frame) => sum + frame.tokens, 0),
    scales,
    fromS: seconds(frames[0]?.pts ?? 0n, header.timebase),
    toS: seconds(frames.at(-1)?.pts ?? 0n, header.timebase),
  };
}

function table(parts: readonly PartSummary[]): string {
  const head = ['part', 'bytes', 'time', 'frames', 'tokens', 'format', 'frames at each scale', ''];
  const rows = new Table({ head, style: { head: [], border: [] } });
  rows.push(...parts.map(row));
  const { encoder = 'unknown', timebase = 'unknown' } = parts[0] ?? {};
  return `${rows.toString()}\nencoder ${encoder}, timebase ${timebase}`;
}

function row({ file, bytes, problems, frames, tokens, scales, dtype, channels, fromS, toS }: PartSummary): string[] {
  const state = problems.length === 0 ? outColors.green('sound') : outColors.red(problems.join(' '));
  if (frames === undefined || scales === undefined) return [file, String(bytes), '', '', '', '', '', state];
  const time = `${formatTime(fromS ?? 0)} – ${formatTime(toS ?? 0)}`;
  const histogram = Object.entries(scales).map(([scale, count]) => `${scale}: ${count}`);
  const format = `${dtype ?? ''} × ${channels ?? 0}`;
  return [file, String(bytes), time, String(frames), String(tokens ?? 0), format, histogram.join('  '), state];
}

function isBroken(path: string, broken: readonly PartReport[]): FramenestError {
  return new FramenestError('PART_BROKEN', {
    what: `${path}: ${broken.map(({ file, problems }) => `${file}: ${problems.join(' ')}`).join(' ')}`,
    mend: 'Make it anew with "framenest run"; the sound parts can be used as they are.',
  });
}
