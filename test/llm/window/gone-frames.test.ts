import { GoneFrames } from '#dist/llm/window/gone-frames.js';
import type { Slot } from '#dist/llm/window/slot.js';
import { expect, test } from 'vitest';

const slot = (part: Partial<Slot>): Slot => ({
  ...{ tokens: 1, frames: 1, atS: 0, untilS: 0, clockS: 0, untilClockS: 0, segment: 0, pinned: false },
  ...part,
});

test('frames that were let go are told with their time, of several epochs with the end of the last one', () => {
  const gone = new GoneFrames();
  expect([gone.frames, gone.text]).toEqual([0, undefined]);
  gone.add(slot({ atS: 60, untilS: 63, frames: 4 }));
  gone.add(slot({ atS: 64, untilS: 64.5, frames: 2 }));
  // Its pin was lost later.
  gone.add(slot({ atS: 1, untilS: 1 }));
  expect(gone.text).toBe('[0:00:01.0-0:01:04.5: 7 frames no longer held]');
  gone.add(slot({ atS: 2, untilS: 3, segment: 1, frames: 2 }));
  gone.add(slot({ atS: 0, untilS: 90 }));
  expect(gone.text).toBe('[until 0:00:03.0: 10 frames no longer held]');
});
