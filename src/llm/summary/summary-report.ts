import type { Note } from './note.ts';
import type { Summary } from './summarize.ts';
import { timeCode, timeSpan } from './time-code.ts';

/** What a summary was made of, for who reads it. */
export interface SummaryFacts {
  /** As the user gave it, credentials replaced by `***`. */
  readonly input: string;
  /** Who answered, and by which model where that is known. */
  readonly host: string;
  readonly model?: string;
}

/** A summary as `summary.json` and `--json` have it; times in seconds. */
export interface SummaryReport extends SummaryFacts {
  readonly t0: number;
  readonly t1: number;
  /** Visual tokens sent. */
  readonly tokens: number;
  readonly summary: string;
  /** Empty where the summary was made of the parts themselves. */
  readonly sections: readonly ReportedNote[];
  readonly parts: readonly ReportedNote[];
}

/** A {@link Note} without what only a run needs. */
export type ReportedNote = Omit<Note, 'of'>;

/** Joins what is known of a summary. */
export function summaryReport(facts: SummaryFacts, { text, sections, parts }: Summary): SummaryReport {
  return {
    ...facts,
    t0: parts[0]?.t0 ?? NaN,
    t1: parts.at(-1)?.t1 ?? NaN,
    tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0),
    summary: text.trim(),
    sections: sections.map(reported),
    parts: parts.map(reported),
  };
}

/** A summary as Markdown: the whole, then sections, then parts, each with its times. */
export function summaryMarkdown(report: SummaryReport): string {
  const { input, host, model, t1, tokens, summary, sections, parts } = report;
  const made = `${timeCode(t1)} of video, ${parts.length} parts, ${tokens} visual tokens; ${model ?? 'its model'} at ${host}`;
  return [
    `# ${oneLine(input)}`,
    `*${oneLine(made)}*`,
    summary,
    ...(sections.length > 0 ? ['## Sections', ...sections.map(noteMarkdown)] : []),
    ...(parts.length > 1 ? ['## Parts', ...parts.map(noteMarkdown)] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

function reported({ t0, t1, text, tokens }: Note): ReportedNote {
  return { t0, t1, text, tokens };
}

function noteMarkdown(note: ReportedNote): string {
  // A model's own headings would break the outline.
  return `### ${timeSpan(note)}\n\n${note.text.trim().replace(/^#+\s*/gm, '')}`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
