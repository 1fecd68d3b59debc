import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { redactInput } from '../../decode/redact.ts';
import { FramenestError } from '../../errors.ts';
import type { Answerer } from '../../llm/ask/answer-desk.ts';
import type { LlmHost } from '../../llm/host.ts';
import { NoteFolder } from '../../llm/summary/note-folder.ts';
import type { SummaryIdentity } from '../../llm/summary/note-folder.ts';
import { mergePrompt, partPrompt } from '../../llm/summary/prompts.ts';
import { summarize } from '../../llm/summary/summarize.ts';
import type { Summary } from '../../llm/summary/summarize.ts';
import { summaryMarkdown, summaryReport } from '../../llm/summary/summary-report.ts';
import type { Aging } from '../../llm/window/aging.ts';
import { pictureAging } from '../../llm/window/picture-aging.ts';
import { tokenAging } from '../../llm/window/token-aging.ts';
import { writeAtomic } from '../../log/atomic-file.ts';
import type { VideoInput } from '../ask-input.ts';
import { addHostFlags, contextTokens, flaggedQuestion, openFlaggedHost, parseDuration } from '../host-flags.ts';
import type { HostFlags } from '../host-flags.ts';
import { addPipelineFlags, pipelineOptions } from '../pipeline-flags.ts';
import type { PipelineFlags } from '../pipeline-flags.ts';
import { summaryBar } from '../render/summary-bar.ts';
import { stopSignal } from '../stop-signal.ts';

/** Seconds of video in one question, where nobody says. */
const PART_S = 60;

interface SummarizeFlags extends HostFlags, PipelineFlags {
  readonly part: number;
  readonly about: string;
  readonly out?: string;
  readonly json?: true;
}

/** `framenest summarize`: a whole video in words. */
export function addSummarize(program: Command): void {
  const command = program
    .command('summarize')
    .description(
      'have a language model summarize a video: part after part, then the notes about them, as Markdown and JSON with times. ' +
        'What was finished is kept: a run that was ended goes on where it was when it is started again.',
    )
    .argument('<input>', 'video file or http URL')
    .addOption(
      new Option('--part <TIME>', 'video in one question: 30s, 2m (each gets --context tokens)')
        .argParser(parseDuration)
        .default(PART_S, '60s'),
    )
    .option('--about <TEXT>', 'what to look for above all', '')
    .option(
      '--out <DIR>',
      'folder for summary.md, summary.json and the notes (default: framenest-out/<name of the input>-summary)',
    );
  addPipelineFlags(addHostFlags(command))
    .option('--json', 'print the summary as one JSON object instead of Markdown')
    .action((input: string, flags: SummarizeFlags) => run(input, flags));
}

async function run(input: string, flags: SummarizeFlags): Promise<void> {
  if (!(flags.part > 0)) throw refused(`--part is ${flags.part}.`, 'Give a time above 0, such as 60s.');
  if (flags.layout === 'tree') throw refused('--layout is "tree".', 'A model is shown whole frames: leave it out.');
  const signal = stopSignal();
  const host = await openFlaggedHost(flags, signal);
  try {
    // Decoder, encoder and pictures: only once it is clear that somebody answers.
    const { openVideoPictures, openVideoTokens } = await import('../ask-input.ts');
    if (host.takes === 'tokens') {
      const opened = await openVideoTokens(input, flags, host, signal);
      await make({ input, flags, host, signal, opened, aging: tokenAging, answer: (it) => host.ask(it) });
    } else {
      const opened = await openVideoPictures(input, flags, signal);
      await make({ input, flags, host, signal, opened, aging: pictureAging, answer: (it) => host.ask(it) });
    }
  } finally {
    await host.close();
  }
}

interface Making<Content> {
  readonly input: string;
  readonly flags: SummarizeFlags;
  readonly host: LlmHost;
  readonly opened: VideoInput<Content>;
  readonly aging: Aging<Content>;
  readonly answer: Answerer<Content>;
  readonly signal: AbortSignal;
}

/** Summarises, writes the results, and prints one of them. */
async function make<Content>(making: Making<Content>): Promise<void> {
  const { input, flags, host, opened } = making;
  try {
    if (opened.live) throw refused('The input is a camera, which has no end.', 'Ask it with `framenest ask --every`.');
    const out = flags.out ?? join('framenest-out', `${folderName(input)}-summary`);
    const summary = await withNotes(out, making);
    const facts = {
      input: redactInput(input),
      host: host.name,
      ...(flags.model !== undefined && { model: flags.model }),
    };
    const report = summaryReport(facts, summary);
    await writeAtomic(join(out, 'summary.json'), `${JSON.stringify(report, undefined, 2)}\n`);
    await writeAtomic(join(out, 'summary.md'), summaryMarkdown(report));
    if (flags.json) process.stdout.write(`${JSON.stringify({ ...report, out })}\n`);
    else process.stdout.write(`${summaryMarkdown(report)}\n${join(out, 'summary.md')}\n`);
  } finally {
    await opened.close();
  }
}

async function withNotes<Content>(out: string, making: Making<Content>): Promise<Summary> {
  const notes = await NoteFolder.open(out, await identity(making));
  try {
    return await summarized(making, notes);
  } finally {
    notes.close();
  }
}

async function summarized<Content>(
  { flags, host, opened, aging, answer, signal }: Making<Content>,
  notes: NoteFolder,
): Promise<Summary> {
  const { about, part: partS } = flags;
  const question = flaggedQuestion('', flags);
  const bar = summaryBar(opened.durationS, partS);
  try {
    return await summarize<Content>({
      ...{ answer, frames: opened.framesFrom, notes, partS, about, question, signal },
      window: {
        ladder: opened.ladder,
        maxTokens: contextTokens(host, partPrompt({ t0: 0, t1: 0 }, about), flags),
        aging,
      },
      noteTokens: contextTokens(host, mergePrompt([], about), flags),
      onFrame: bar.frame,
      onNote: bar.note,
    });
  } finally {
    bar.stop();
  }
}

/** What the notes depend on. */
async function identity<Content>({ input, flags, host }: Making<Content>): Promise<SummaryIdentity> {
  const file = await stat(input).catch(() => undefined);
  const { model, system, part, about, context, maxTokens, temperature, fps, encoder } = flags;
  return {
    ...{
      version: 1,
      input: redactInput(input),
      bytes: file?.size ?? null,
      modified: file?.mtime.toISOString() ?? null,
    },
    ...{ host: host.name, model: model ?? null, system: system ?? null, part, about, context: context ?? null },
    ...{ maxTokens, temperature, fps, encoder: host.takes === 'tokens' ? encoder : null },
    options: createHash('sha256')
      .update(JSON.stringify(pipelineOptions(flags)))
      .digest('hex'),
  };
}

function folderName(input: string): string {
  return basename(redactInput(input)).replace(/[^\w.-]+/g, '_') || 'input';
}

function refused(what: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what, mend });
}
