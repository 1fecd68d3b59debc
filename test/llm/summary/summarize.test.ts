import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HostQuestion } from '#dist/llm/host.js';
import { NoteFolder } from '#dist/llm/summary/note-folder.js';
import { summarize } from '#dist/llm/summary/summarize.js';
import type { SummaryJob } from '#dist/llm/summary/summarize.js';
import { summaryMarkdown, summaryReport } from '#dist/llm/summary/summary-report.js';
import { tokenAging } from '#dist/llm/window/token-aging.js';
import type { TokenContent, WindowFrame } from '#dist/llm/window-frame.js';

const CHANNELS = 2;
const identity = { input: 'a.mp4', model: 'm' };

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'framenest-summary-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A frame a second of 9 tokens, some seconds long. */
function* video(lengthS: number, fromS = 0): Generator<WindowFrame<TokenContent>> {
  for (let s = Math.max(0, Math.ceil(fromS)); s < lengthS; s++) {
    const values = new Float32Array(9 * CHANNELS).fill(s);
    yield { id: `v/0/${s}`, atS: s, tokens: 9, content: { values, channels: CHANNELS } };
  }
}

interface Asked {
  readonly frames: number;
  readonly tokens: number;
  readonly prompt: string;
}

interface Rig {
  readonly job: SummaryJob<TokenContent>;
  readonly asked: Asked[];
  readonly read: number[];
}

let before: NoteFolder | undefined;

/** The one that was opened last is let go: no two write into one folder. */
async function notesIn(dir: string): Promise<NoteFolder> {
  before?.close();
  before = await NoteFolder.open(dir, identity);
  return before;
}

/** A model that says what it was shown. */
async function rig(dir: string, lengthS: number, over: Partial<SummaryJob<TokenContent>> = {}): Promise<Rig> {
  const asked: Asked[] = [];
  const read: number[] = [];
  const job: SummaryJob<TokenContent> = {
    answer: async function* ({ window, prompt }: HostQuestion<TokenContent>) {
      const frames = window.parts.filter((part) => part.type === 'frame').length;
      asked.push({ frames, tokens: window.tokens, prompt });
      yield `answer ${asked.length}`;
      yield ` about ${frames} frames`;
      await Promise.resolve();
    },
    frames: async function* (fromS) {
      for (const frame of video(lengthS, fromS)) {
        read.push(frame.atS);
        yield frame;
        await Promise.resolve();
      }
    },
    notes: await notesIn(dir),
    partS: 10,
    window: { ladder: [1, 9], maxTokens: 400, aging: tokenAging },
    noteTokens: 400,
    about: '',
    question: { maxTokens: 64 },
    signal: new AbortController().signal,
    ...over,
  };
  return { job, asked, read };
}

describe('summarize', () => {
  it('asks about each part, then about the notes, and keeps the times', async () => {
    const { job, asked } = await rig(await folder(), 35);
    const summary = await summarize(job);
    expect(summary.parts.map(({ t0, t1, tokens }) => [t0, t1, tokens])).toEqual([
      [0, 9, 90],
      [10, 19, 90],
      [20, 29, 90],
      [30, 34, 45],
    ]);
    expect(asked.map(({ frames }) => frames)).toEqual([10, 10, 10, 5, 0]);
    expect(asked[0]?.prompt).toContain('0:00:00 – 0:00:09');
    for (const { text } of summary.parts) expect(asked[4]?.prompt).toContain(text);
    expect(asked[4]?.prompt).toContain('[0:00:30 – 0:00:34]');
    expect(summary).toMatchObject({ text: 'answer 5 about 0 frames', sections: [] });
  });

  it('makes notes of notes where they do not fit into one question', async () => {
    const { job, asked } = await rig(await folder(), 300);
    const { parts, sections, text } = await summarize(job);
    expect(parts).toHaveLength(30);
    expect(sections.length).toBeGreaterThan(1);
    expect(sections[0]?.t0).toBe(0);
    expect(sections.at(-1)?.t1).toBe(299);
    expect(text).toBe(`answer ${asked.length} about 0 frames`);
    for (const { text: section } of sections) expect(asked.at(-1)?.prompt).toContain(section);
  });

  it('asks once about a video of one part', async () => {
    const { job, asked } = await rig(await folder(), 4, { about: 'the red car' });
    expect(await summarize(job)).toMatchObject({ text: 'answer 1 about 4 frames' });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.prompt).toContain('Above all: the red car');
  });

  it('shows no more tokens than the window may hold', async () => {
    const { job, asked } = await rig(await folder(), 120, {
      partS: 60,
      window: { ladder: [1, 9], maxTokens: 150, aging: tokenAging },
    });
    await summarize(job);
    expect(asked).toHaveLength(3);
    for (const { tokens } of asked) expect(tokens).toBeLessThanOrEqual(150);
  });

  it('shows a part in which nothing happens as fine as the scene was', async () => {
    const shown: number[][] = [];
    const { job } = await rig(await folder(), 30, {
      frames: async function* () {
        for (const { content, ...frame } of video(30)) {
          const still = frame.atS > 3;
          const values = still ? content.values.slice(0, CHANNELS) : content.values;
          yield { ...frame, tokens: still ? 1 : 9, content: { ...content, values } };
          await Promise.resolve();
        }
      },
      answer: async function* ({ window }: HostQuestion<TokenContent>) {
        const frames = window.parts.flatMap((part) => (part.type === 'frame' ? [part.frame] : []));
        shown.push(frames.map(({ content }) => content.values[0] ?? NaN));
        yield ['shown', ...frames.map(({ tokens }) => tokens)].join(' ');
        await Promise.resolve();
      },
    });
    const { parts } = await summarize(job);
    expect(parts.map(({ text }) => text.split(' ')[1])).toEqual(['9', '9', '9']);
    // The values of second 3, at the time of the part's own first frame.
    expect(shown.map(([first]) => first)).toEqual([0, 3, 3, undefined]);
    expect(parts.map(({ t0 }) => t0)).toEqual([0, 10, 20]);
    expect(parts[1]?.tokens).toBe(9 + 9);
  });

  it('goes on after the last finished part where it was ended, without reading what lies before', async () => {
    const dir = await folder();
    const whole = await rig(await folder(), 95);
    const expected = await summarize(whole.job);
    const stop = new AbortController();
    let notes = 0;
    const first = await rig(dir, 95, { signal: stop.signal, onNote: () => ++notes === 4 && stop.abort() });
    await expect(summarize(first.job)).rejects.toMatchObject({ code: 'ABORTED' });
    const second = await rig(dir, 95);
    const summary = await summarize(second.job);
    expect(Math.min(...second.read)).toBe(40);
    expect(summary.parts.map(({ t0, t1, tokens }) => [t0, t1, tokens])).toEqual(
      expected.parts.map(({ t0, t1, tokens }) => [t0, t1, tokens]),
    );
    // All is there: nothing is read and nothing is asked.
    const third = await rig(dir, 95);
    expect(await summarize(third.job)).toEqual(summary);
    expect([third.read, third.asked]).toEqual([[], []]);
  });

  it('does a damaged note anew, and what was made of it', async () => {
    const dir = await folder();
    await summarize((await rig(dir, 35)).job);
    await writeFile(join(dir, 'note-0-00003.json'), '{"t0": 30');
    const again = await rig(dir, 35);
    await summarize(again.job);
    expect(again.asked.map(({ frames }) => frames)).toEqual([5, 0]);
  });

  it('refuses a folder that somebody writes into, or that holds the summary of something else', async () => {
    const dir = await folder();
    const { job } = await rig(dir, 4);
    await summarize(job);
    await expect(NoteFolder.open(dir, identity)).rejects.toMatchObject({ code: 'OUTPUT_IN_USE' });
    job.notes.close();
    await expect(NoteFolder.open(dir, { ...identity, model: 'other' })).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      what: expect.stringContaining('other model') as string,
    });
    expect((await readdir(dir)).sort()).toEqual(['job.json', 'note-0-00000.json', 'parts.json']);
  });

  it('tells of an empty video, an empty answer, and notes that fit nowhere', async () => {
    const empty = await rig(await folder(), 0);
    await expect(summarize(empty.job)).rejects.toMatchObject({ code: 'INPUT_ENDED' });
    const silent = await rig(await folder(), 4, { answer: async function* () {} });
    await expect(summarize(silent.job)).rejects.toMatchObject({ code: 'HOST_FAILED' });
    const narrow = await rig(await folder(), 40, { noteTokens: 50 });
    await expect(summarize(narrow.job)).rejects.toMatchObject({ code: 'CONTEXT_FULL' });
  });

  it('keeps what was finished where the host fails, and lets no answer grow without end', async () => {
    const dir = await folder();
    let left = 2;
    const endless = await rig(dir, 35, {
      answer: async function* () {
        yield 'fine';
        while (left <= 0) yield 'x'.repeat(1 << 16);
        left--;
        await Promise.resolve();
      },
    });
    await expect(summarize(endless.job)).rejects.toMatchObject({ code: 'HOST_FAILED' });
    expect(JSON.parse(await readFile(join(dir, 'note-0-00001.json'), 'utf8'))).toMatchObject({ t0: 10, text: 'fine' });
    expect(await readdir(dir)).not.toContain('note-0-00002.json');
  });
});

describe('a summary as Markdown', () => {
  it('has the times of every part, and no headings of the model', async () => {
    const { job } = await rig(await folder(), 3700, {
      partS: 1800,
      answer: async function* () {
        await Promise.resolve();
        yield '# Title\nA car passes.';
      },
    });
    const report = summaryReport({ input: 'a.mp4', host: 'test', model: 'm' }, await summarize(job));
    const text = summaryMarkdown(report);
    expect(text).toContain('### 0:30:00 – 0:59:59\n\nTitle\nA car passes.');
    expect(text.match(/^#+ .*$/gm)).toEqual([
      '# a.mp4',
      '# Title',
      '## Parts',
      '### 0:00:00 – 0:29:59',
      '### 0:30:00 – 0:59:59',
      '### 1:00:00 – 1:01:39',
    ]);
  });
});
