import { eventRow } from '#dist/cli/render/event-row.js';
import { expect, test } from 'vitest';

const about = { type: 'event', stream: 'door', atMs: Date.UTC(2026, 0, 1, 12, 30, 5, 7), epoch: 0 } as const;

test('a row of an event has its time, stream and kind, and the rectangle in percent', () => {
  const region = { x: 0.125, y: 0, width: 0.5, height: 1 };
  expect(eventRow({ ...about, event: 'activity-start', sequence: 3, region })).toBe(
    '12:30:05.007  door              activity-start  x 13 %, y 0 %, 50 % × 100 %',
  );
});

test('a row of a loss has its reason', () => {
  const reason = { code: 'INPUT_STALLED', what: 'It gave no frame for 20 s.' } as const;
  expect(eventRow({ ...about, event: 'lost', reason })).toMatch(
    /^12:30:05\.007 {2}door +lost +It gave no frame for 20 s\.$/,
  );
});

test('a row of a cut ends with the word', () => {
  expect(eventRow({ ...about, event: 'cut', sequence: 3 })).toMatch(/ cut$/);
});
