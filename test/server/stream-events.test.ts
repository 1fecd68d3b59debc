import { FramenestError } from '#dist/errors.js';
import type { SourceState, SourceStatus } from '#dist/media/source-status.js';
import { cameraEvents, momentEvent } from '#dist/server/stream-events.js';
import { parseServerMessage } from '#dist/wire/control-message.js';
import type { StreamEvent } from '#dist/wire/control-message.js';
import fc from 'fast-check';
import { BehaviorSubject, from } from 'rxjs';
import { describe, expect, test } from 'vitest';

const reason = { code: new FramenestError('INPUT_ENDED', { what: 'a', mend: 'b' }).code, what: 'It went dark.' };
const status = (state: SourceState, part: Partial<SourceStatus> = {}): SourceStatus => ({
  ...{ state, sinceMs: 1000, epoch: 0, failures: 0 },
  ...part,
});
const eventsOf = (statuses: readonly SourceStatus[]): StreamEvent[] => {
  const events: StreamEvent[] = [];
  cameraEvents('door', from(statuses)).subscribe((event) => events.push(event));
  return events;
};
const kinds = (...states: SourceState[]): string[] => eventsOf(states.map((each) => status(each))).map((e) => e.event);

describe('what is told of a camera', () => {
  test('is nothing while it is there', () => {
    expect(kinds('connecting', 'connecting', 'live', 'stalled', 'live', 'ended')).toEqual([]);
  });

  test('is its loss, once, and its return', () => {
    const states: SourceState[] = ['connecting', 'live', 'backing-off', 'connecting', 'backing-off', 'connecting'];
    expect(kinds(...states)).toEqual(['lost']);
    expect(kinds(...states, 'live', 'stalled', 'backing-off')).toEqual(['lost', 'back', 'lost']);
  });

  test('is the loss of one that was never reached, and of one that is given up', () => {
    expect(kinds('connecting', 'backing-off', 'connecting', 'live')).toEqual(['lost', 'back']);
    expect(kinds('connecting', 'failed')).toEqual(['lost']);
    expect(kinds('connecting', 'backing-off', 'failed')).toEqual(['lost']);
  });

  test('has the time, the epoch and the reason of the loss', () => {
    const lost = status('backing-off', { sinceMs: 5000, epoch: 3, failures: 1, retryAtMs: 6000, reason });
    const back = status('live', { sinceMs: 7000, epoch: 4, reason });
    expect(eventsOf([lost, back])).toEqual([
      { type: 'event', stream: 'door', event: 'lost', atMs: 5000, epoch: 3, reason },
      { type: 'event', stream: 'door', event: 'back', atMs: 7000, epoch: 4 },
    ]);
  });

  test('begins, for whoever listens while it is lost, with the loss', () => {
    const statuses = new BehaviorSubject(status('live'));
    statuses.next(status('backing-off', { reason }));
    const heard: string[] = [];
    const listening = cameraEvents('door', statuses).subscribe(({ event }) => heard.push(event));
    expect(heard).toEqual(['lost']);
    statuses.next(status('live'));
    expect(heard).toEqual(['lost', 'back']);
    listening.unsubscribe();
    expect(statuses.observed).toBe(false);
  });

  test('alternates, whatever happens, and can always be said on the wire', () => {
    const state = fc.constantFrom<SourceState>('connecting', 'live', 'stalled', 'backing-off', 'failed', 'ended');
    fc.assert(
      fc.property(fc.array(state, { maxLength: 40 }), (states) => {
        const events = eventsOf(states.map((each, i) => status(each, { sinceMs: i, epoch: i, reason })));
        expect(events.map(({ event }) => event)).toEqual(events.map((_, i) => (i % 2 === 0 ? 'lost' : 'back')));
        for (const event of events) expect(parseServerMessage(JSON.stringify(event))).toEqual(event);
      }),
    );
  });
});

describe('a moment on the wire', () => {
  test('has the sequence of its packet and the time of day of its frame', () => {
    const region = { x: 0, y: 0.25, width: 0.5, height: 0.5 };
    const moment = { kind: 'activity-start', index: 7, wallclockUs: 1_800_000_000_123_999n, region } as const;
    const event = momentEvent('door', 2, 100, moment);
    expect(event).toEqual({
      type: 'event',
      stream: 'door',
      event: 'activity-start',
      atMs: 1_800_000_000_123,
      epoch: 2,
      sequence: 107,
      region,
    });
    expect(parseServerMessage(JSON.stringify(event))).toEqual(event);
  });

  test('of a file has the time of now, and of a cut no region', () => {
    const before = Date.now();
    const event = momentEvent('clip', 0, 0, { kind: 'cut', index: 0 });
    expect(event.atMs).toBeGreaterThanOrEqual(before);
    expect(event).toEqual({ type: 'event', stream: 'clip', event: 'cut', atMs: event.atMs, epoch: 0, sequence: 0 });
  });
});
