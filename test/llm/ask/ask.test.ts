import { describe, expect, test } from 'vitest';
import { FramenestError } from '#dist/errors.js';
import type { ErrorCode } from '#dist/errors.js';
import { ask } from '#dist/llm/ask/ask.js';
import type { AskEvent } from '#dist/llm/ask/ask-event.js';
import type { Asking } from '#dist/llm/ask/asking.js';
import type { FeedItem } from '#dist/llm/ask/feed.js';
import { ContextWindow } from '#dist/llm/window/context-window.js';
import type { WindowView } from '#dist/llm/window-frame.js';
import { rejection } from '../../support/rejection.ts';
import { sleep, turn, until } from '../../support/sleep.ts';
import { ScriptedHost } from './scripted-host.ts';

const failure = (code: ErrorCode): FramenestError => new FramenestError(code, { what: 'It is so.', mend: 'Mend it.' });
const frame = (second: number, tokens = 9): FeedItem<null> => ({
  type: 'frame',
  frame: { id: `v/0/${second}`, atS: second, tokens, content: null },
});
const cut: FeedItem<null> = { type: 'moment', kind: 'cut' };

function newWindow(maxTokens = 1000): ContextWindow<null> {
  return new ContextWindow<null>({
    ...{ ladder: [1, 9, 36], maxTokens },
    aging: { coarser: () => null, merge: () => null },
  });
}

/** An asking whose frames come at once, one a second. */
function asking(host: ScriptedHost, items: readonly FeedItem<null>[], more: Partial<Asking<null>> = {}) {
  const events: AskEvent[] = [];
  return {
    events,
    answers: () => events.filter((event) => event.type === 'answer'),
    parts: {
      answer: host.answer,
      window: newWindow(),
      feed: async function* () {
        for (const item of items) {
          await turn();
          yield item;
        }
      },
      question: { prompt: 'What is there?', system: 'Be brief.', maxTokens: 20, temperature: 0 },
      waits: true,
      tell: (event) => events.push(event),
      signal: new AbortController().signal,
      ...more,
    } satisfies Asking<null>,
  };
}

const seconds = (count: number): FeedItem<null>[] => Array.from({ length: count }, (_, i) => frame(i));

/** Tokens of each frame that a question showed. */
const shownTokens = (host: ScriptedHost): number[] =>
  (host.asked.at(-1)?.question.window.parts ?? []).flatMap((part) =>
    part.type === 'frame' ? [part.frame.tokens] : [],
  );

describe('a still scene', () => {
  test('is shown as fine as it came, however long nothing has happened since', async () => {
    const host = new ScriptedHost(() => 'A yard.');
    const still = Array.from({ length: 3000 }, (_, i) => frame(i, i === 40 || i === 20 ? 36 : 1));
    const { parts } = asking(host, still, { window: newWindow(300) });
    await ask(parts);
    expect(Math.max(...shownTokens(host))).toBe(36);
    // Of the scene before it, which is over, only a trace is left.
    expect(shownTokens(host).filter((tokens) => tokens > 1)).toHaveLength(1);
  });

  test('ages once another one has come, also where it was that of a moment', async () => {
    const host = new ScriptedHost(() => 'A yard.');
    const items = Array.from({ length: 900 }, (_, i) => frame(i, i % 300 === 0 ? 36 : 1));
    items.splice(301, 0, cut);
    const standing = { onActivity: true, cooldownS: 0 };
    const { parts } = asking(host, items, { window: newWindow(600), standing });
    await ask(parts);
    await ask({ ...asking(host, [frame(900, 1)]).parts, window: parts.window });
    expect(shownTokens(host).filter((tokens) => tokens === 36)).toHaveLength(1);
  });
});

describe('a question that is asked once', () => {
  test('is asked at the end, about the whole input, word for word', async () => {
    const host = new ScriptedHost(() => 'A cat.');
    const { parts, events } = asking(host, seconds(5));
    await ask(parts);
    const span = { t0: 0, t1: 4, tokens: 45, coalesced: 0 };
    expect(events).toEqual([
      { type: 'asked', ...span },
      { type: 'piece', text: 'A cat.' },
      { type: 'answer', text: 'A cat.', ...span },
    ]);
    expect(host.asked.map(({ question }) => question)).toMatchObject([parts.question]);
    expect(host.asked[0]?.question.window.toS).toBe(4);
  });

  test('does not wait for the end of what has none', async () => {
    const host = new ScriptedHost(() => 'A cat.');
    const { parts, answers } = asking(host, [], {
      feed: async function* (signal) {
        for (let i = 0; !signal.aborted; i++) {
          await turn();
          yield frame(i);
        }
      },
      enough: ({ atS }) => atS >= 3,
    });
    await ask(parts);
    expect(answers()).toMatchObject([{ t0: 0, t1: 3 }]);
  });

  test.each<ErrorCode>(['HOST_UNREACHABLE', 'HOST_REFUSED'])('ends with %s where the host does', async (code) => {
    const host = new ScriptedHost(() => {
      throw failure(code);
    });
    const { parts, events } = asking(host, seconds(3));
    expect((await rejection(ask(parts))).code).toBe(code);
    expect(events.map(({ type }) => type)).toEqual(['asked']);
  });

  test('ends with an error where there is nothing to ask about', async () => {
    const host = new ScriptedHost(() => 'x');
    expect((await rejection(ask(asking(host, []).parts))).code).toBe('INPUT_ENDED');
    expect(host.asked).toEqual([]);
  });

  test('ends with the error of its input, and asks nothing then', async () => {
    const host = new ScriptedHost(() => 'x');
    const { parts } = asking(host, [], {
      feed: async function* () {
        yield frame(0);
        await turn();
        throw failure('DECODE_FAILED');
      },
    });
    expect((await rejection(ask(parts))).code).toBe('DECODE_FAILED');
    expect(host.asked).toEqual([]);
  });

  test('is taken back by its signal, also half-way through the answer', async () => {
    const abort = new AbortController();
    const host = new ScriptedHost();
    const { parts, answers } = asking(host, seconds(2), { signal: abort.signal });
    const done = rejection(ask(parts));
    await until(() => host.asked.length === 1);
    host.asked[0]?.say('Half ');
    await turn();
    abort.abort();
    expect((await done).code).toBe('ABORTED');
    expect(answers()).toEqual([]);
  });

  test('refuses an answer without an end', async () => {
    const host = new ScriptedHost(() => 'x'.repeat((1 << 20) + 1));
    expect((await rejection(ask(asking(host, seconds(2)).parts))).code).toBe('HOST_FAILED');
  });
});

describe('a standing question about a file', () => {
  test('holds the file back while it is answered: none is lost, each has its own time', async () => {
    const host = new ScriptedHost();
    let read = 0;
    const { parts, events, answers } = asking(host, [], {
      feed: async function* () {
        for (let i = 0; i < 26; i++) {
          await turn();
          read++;
          yield frame(i, 1);
        }
      },
      standing: { everyS: 10, cooldownS: 0 },
    });
    const done = ask(parts);
    for (let count = 1; count <= 3; count++) {
      await until(() => host.asked.length === count);
      for (let i = 0; i < 20; i++) await turn();
      expect(read).toBe(Math.min(26, count * 10 + 1));
      host.asked[count - 1]?.say(`Answer ${count}`);
      host.asked[count - 1]?.end();
    }
    await done;
    expect(answers()).toEqual([
      { type: 'answer', text: 'Answer 1', t0: 0, t1: 10, tokens: 11, coalesced: 0 },
      { type: 'answer', text: 'Answer 2', t0: 10, t1: 20, tokens: 21, coalesced: 0 },
      { type: 'answer', text: 'Answer 3', t0: 20, t1: 25, tokens: 26, coalesced: 0 },
    ]);
    expect(events.map(({ type }) => type).join()).toBe(Array(3).fill('asked,piece,answer').join());
    expect(host.asked.map(({ question }) => question.prompt)).toEqual([
      'What is there?\n(About 0:00:00.0 to 0:00:10.0.)',
      'What is there?\n(About 0:00:10.0 to 0:00:20.0.)',
      'What is there?\n(About 0:00:20.0 to 0:00:25.0.)',
    ]);
  });

  test('goes on after what may pass; the time that was not answered belongs to the next question', async () => {
    const host = new ScriptedHost((count) => {
      if (count === 2) throw failure('HOST_UNREACHABLE');
      return `Answer ${count}`;
    });
    const { parts, events } = asking(host, seconds(31), { standing: { everyS: 10, cooldownS: 0 } });
    await ask(parts);
    expect(events.filter(({ type }) => type === 'answer' || type === 'failed')).toMatchObject([
      { type: 'answer', t0: 0, t1: 10 },
      { type: 'failed', t0: 10, t1: 20, error: { code: 'HOST_UNREACHABLE' } },
      { type: 'answer', t0: 10, t1: 30 },
    ]);
  });

  test('ends where asking again cannot help', async () => {
    const host = new ScriptedHost(() => {
      throw failure('HOST_REFUSED');
    });
    const { parts, events } = asking(host, seconds(100), { standing: { everyS: 10, cooldownS: 0 } });
    expect((await rejection(ask(parts))).code).toBe('HOST_REFUSED');
    expect(host.asked).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual(['asked']);
  });

  test('is asked at moments, keeps their frames fine until then, and lets them age afterwards', async () => {
    const host = new ScriptedHost((count) => `Answer ${count}`);
    const window = newWindow(250);
    const fine = (view: WindowView<null>): string[] =>
      view.parts.flatMap((part) => (part.type === 'frame' && part.frame.tokens === 36 ? [part.frame.id] : []));
    const items = Array.from({ length: 70 }, (_, i) => (i < 2 ? [frame(i, 36), cut] : [frame(i, 36)])).flat();
    const { parts, answers } = asking(host, items, { window, standing: { onActivity: true, cooldownS: 30 } });
    await ask(parts);
    expect(answers()).toMatchObject([
      { t0: 0, t1: 0 },
      { t0: 0, t1: 30 },
    ]);
    const shown = fine(host.asked[1]!.question.window);
    expect(shown).toContain('v/0/1@36');
    expect(shown).not.toContain('v/0/2@36');
    expect(fine(window.view())).not.toContain('v/0/1@36');
  });

  test('ends without an error when its signal says so', async () => {
    const abort = new AbortController();
    const host = new ScriptedHost();
    const { parts, answers } = asking(host, seconds(100), {
      standing: { everyS: 10, cooldownS: 0 },
      signal: abort.signal,
    });
    const done = ask(parts);
    await until(() => host.asked.length === 1);
    abort.abort();
    await done;
    expect(answers()).toEqual([]);
  });
});

describe('a standing question about a live stream', () => {
  test('never holds it back: what is asked meanwhile merges into one question about the newest window', async () => {
    const host = new ScriptedHost();
    const window = newWindow(200);
    let sent = 0;
    const { parts, answers } = asking(host, [], {
      window,
      feed: async function* () {
        for (; sent < 1000; sent++) {
          await turn();
          expect(window.tokens).toBeLessThanOrEqual(200);
          yield frame(sent);
        }
        // The host is asked for the last time while the stream is still there.
        await until(() => host.asked.length === 2);
      },
      standing: { everyS: 10, cooldownS: 0 },
      waits: false,
    });
    const done = ask(parts);
    await until(() => sent === 1000);
    expect(host.asked).toHaveLength(1);
    host.asked[0]?.say('Late.');
    host.asked[0]?.end();
    await until(() => host.asked.length === 2);
    host.asked[1]?.say('Now.');
    host.asked[1]?.end();
    await until(() => host.asked.length === 3 || answers().length === 2);
    host.asked[2]?.end();
    await done;
    expect(answers().slice(0, 2)).toMatchObject([
      { text: 'Late.', t0: 0, t1: 10, coalesced: 0 },
      { text: 'Now.', t1: 999, coalesced: 97 },
    ]);
    expect(host.peak).toBe(1);
  });

  test('asks again by itself when the host is free, though no frame comes', async () => {
    const host = new ScriptedHost();
    const abort = new AbortController();
    const { parts } = asking(host, [], {
      feed: async function* (signal) {
        for (const item of [frame(0), cut, frame(1), cut, frame(2), cut]) yield item;
        await sleep(60_000, signal);
      },
      standing: { onActivity: true, cooldownS: 0 },
      waits: false,
      signal: abort.signal,
    });
    const done = ask(parts);
    await until(() => host.asked.length === 1);
    host.asked[0]?.end();
    await until(() => host.asked.length === 2);
    expect(host.asked[1]?.question.window.toS).toBe(2);
    abort.abort();
    await done;
  });

  test('ends at once where asking again cannot help, though the stream goes on', async () => {
    const host = new ScriptedHost();
    let left = false;
    const { parts } = asking(host, [], {
      feed: async function* (signal) {
        yield frame(0);
        yield frame(10);
        await sleep(60_000, signal);
        left = signal.aborted;
      },
      standing: { everyS: 10, cooldownS: 0 },
      waits: false,
    });
    const done = rejection(ask(parts));
    await until(() => host.asked.length === 1);
    host.asked[0]?.fail(failure('CONTEXT_FULL'));
    expect((await done).code).toBe('CONTEXT_FULL');
    expect(left).toBe(true);
  });

  test('counts a new epoch from its own beginning', async () => {
    const host = new ScriptedHost((count) => `Answer ${count}`);
    const later = [100, 105, 110, 1, 6, 11].map((second, i): FeedItem<null> => ({
      type: 'frame',
      frame: { id: `v/${i < 3 ? 0 : 1}/${i}`, atS: second, tokens: 1, content: null },
    }));
    const { parts, answers } = asking(host, later, { standing: { everyS: 10, cooldownS: 0 } });
    await ask(parts);
    expect(answers()).toMatchObject([
      { t0: 100, t1: 110 },
      { t0: 1, t1: 11 },
    ]);
  });
});
