import { describe, expect, test } from 'vitest';
import { framePlace } from '#dist/llm/ask/frame-place.js';
import { MomentInbox } from '#dist/llm/ask/moment-inbox.js';
import { withEvents, withMoments, withoutMoments } from '#dist/llm/ask/with-moments.js';
import { FramenestError } from '#dist/errors.js';
import type { FeedItem } from '#dist/llm/ask/feed.js';
import type { WindowFrame } from '#dist/llm/window-frame.js';
import type { StreamEvent } from '#dist/wire/control-message.js';
import { rejection } from '../../support/rejection.ts';
import { sleep, turn } from '../../support/sleep.ts';

const frame = (id: string): WindowFrame<null> => ({ id, atS: 0, tokens: 1, content: null });

async function* framesOf(...ids: string[]): AsyncGenerator<WindowFrame<null>> {
  for (const id of ids) {
    await turn();
    yield frame(id);
  }
}

async function told(items: AsyncIterable<FeedItem<null>>): Promise<string[]> {
  const texts: string[] = [];
  for await (const item of items) texts.push(item.type === 'frame' ? item.frame.id : item.kind);
  return texts;
}

const event = (kind: StreamEvent['event'], epoch: number, sequence?: number): StreamEvent => ({
  ...{ type: 'event', stream: 'a/b', event: kind, atMs: 1, epoch },
  ...(sequence !== undefined && { sequence }),
});

describe("a frame's place", () => {
  test('is read from its id, whatever the name of its stream', () => {
    expect(framePlace('door/2/17', 'door')).toEqual({ epoch: 2, sequence: 17 });
    expect(framePlace('door/2/17/3', 'door')).toEqual({ epoch: 2, sequence: 17 });
    expect(framePlace('a/1/2/0/5', 'a/1')).toEqual({ epoch: 2, sequence: 0 });
    expect(framePlace('a/1/2/5', 'a/1')).toEqual({ epoch: 2, sequence: 5 });
  });

  test.each(['yard/0/1', 'door/0', 'door/0/x', 'door/0/1@36', 'door'])('is unknown of %s', (id) => {
    expect(framePlace(id, 'door')).toBeUndefined();
  });
});

describe('moments', () => {
  test('come after the frame that told of them, also where they were told before it came', async () => {
    const inbox = new MomentInbox();
    inbox.put({ kind: 'activity-start', epoch: 0, sequence: 2 });
    inbox.put({ kind: 'cut', epoch: 0, sequence: 1 });
    inbox.put({ kind: 'cut', epoch: 1, sequence: 3 });
    expect(await told(withMoments(framesOf('v/0/0', 'v/0/1', 'v/0/2', 'v/0/3', 'v/1/4'), 'v', inbox))).toEqual([
      ...['v/0/0', 'v/0/1', 'cut', 'v/0/2', 'activity-start', 'v/0/3', 'v/1/4', 'cut'],
    ]);
  });

  test('that never meet their frame do not pile up', () => {
    const inbox = new MomentInbox();
    for (let i = 0; i < 5000; i++) inbox.put({ kind: 'cut', epoch: 9, sequence: i });
    expect(inbox.take({ epoch: 9, sequence: 5000 })).toHaveLength(1000);
  });

  test('of a server are joined; what is about no frame is left out, and listening ends with the frames', async () => {
    let left = false;
    const items = withEvents(framesOf('a/b/0/0', 'a/b/0/1', 'a/b/0/2'), 'a/b', async function* (signal) {
      yield event('lost', 0);
      yield event('cut', 0, 1);
      yield event('back', 1);
      await sleep(60_000, signal);
      left = signal.aborted;
    });
    expect(await told(items)).toEqual(['a/b/0/0', 'a/b/0/1', 'cut', 'a/b/0/2']);
    expect(left).toBe(true);
  });

  test('that cannot be heard any more end the loop with their error', async () => {
    // eslint-disable-next-line require-yield -- fails before there is anything
    const items = withEvents(framesOf('a/b/0/0', 'a/b/0/1', 'a/b/0/2', 'a/b/0/3'), 'a/b', async function* () {
      await turn();
      throw new FramenestError('WIRE_LIMIT', { what: 'Too many events.', mend: 'Take them.' });
    });
    expect((await rejection(told(items))).code).toBe('WIRE_LIMIT');
  });

  test('nobody wants leave the frames as they are', async () => {
    expect(await told(withoutMoments(framesOf('a/0/0', 'a/0/1')))).toEqual(['a/0/0', 'a/0/1']);
  });
});
