import { basename } from 'node:path';
import type { Command } from 'commander';
import { redactInput } from '../../decode/redact.ts';
import { runJob } from '../../jobs/run-job.ts';
import type { RunReport } from '../../jobs/run-job.ts';
import { openFlaggedEncoder, openFlaggedSource } from '../open-parts.ts';
import { addPipelineFlags, pipelineOptions } from '../pipeline-flags.ts';
import type { PipelineFlags } from '../pipeline-flags.ts';
import { outColors } from '../render/colors.ts';
import { runBar } from '../render/run-bar.ts';
import { totalsTable } from '../render/totals.ts';
import { stopSignal } from '../stop-signal.ts';

interface RunFlags extends PipelineFlags {
  readonly out?: string;
  readonly json?: true;
}

/** `framenest run`: a whole input into part files. */
export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('turn a video into part files of packed tokens and a manifest')
    .argument('<input>', 'video file, http or rtsp URL, or capture device')
    .option('--out <DIR>', 'folder for the parts (default: framenest-out/<name of the input>)');
  addPipelineFlags(command)
    .option('--json', 'print one JSON object at the end instead of tables')
    .action((input: string, flags: RunFlags) => run(input, flags));
}

async function run(input: string, flags: RunFlags): Promise<void> {
  const signal = stopSignal();
  const encoder = await openFlaggedEncoder(flags, signal);
  try {
    const source = await openFlaggedSource(input, flags, encoder, signal);
    const bar = runBar(source.facts.durationS);
    try {
      const out = flags.out ?? `framenest-out/${folderName(input)}`;
      const options = pipelineOptions(flags);
      const report = await runJob({
        ...{ source, encoder, out, fps: flags.fps, options, signal },
        reopen: () => openFlaggedSource(input, flags, encoder, signal),
        onSurvey: bar.survey,
        onProgress: bar.update,
      });
      bar.stop();
      process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : describe(report));
    } finally {
      bar.stop();
      await source.close();
    }
  } finally {
    await encoder.dispose();
  }
}

function describe(report: RunReport): string {
  const { encoder, encoderDigest, device, decoder, framesDecoded, cuts, wallS, out } = report;
  const made = `${encoder} (${encoderDigest.slice(0, 19)}…) on ${device}, ${decoder}: ${framesDecoded} frames decoded, ${cuts} cuts, ${wallS.toFixed(1)} s`;
  return `${totalsTable(report)}\n${outColors.dim(made)}\n${out}\n`;
}

/** The input's own name, made safe for a folder and without secrets. */
function folderName(input: string): string {
  return basename(redactInput(input)).replace(/[^\w.-]+/g, '_') || 'input';
}
