import { watchStall } from '#dist/pipeline/stall-watch.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PaintedSource } from '../support/painted-source.ts';
import { solid } from '../support/picture.ts';
import { sleep, until } from '../support/sleep.ts';

/** A watched source that decodes when the test says so, and what was told of it. */
function watched(stallS: number, told: (what: string, source: PaintedSource) => void = () => undefined) {
  const source = new PaintedSource({ count: 0, paint: () => solid(4, [0, 0, 0]) });
  const events: string[] = [];
  const tell = (what: string) => (): void => {
    events.push(what);
    told(what, source);
  };
  const stop = watchStall(source, stallS, { flowing: tell('flowing'), stalled: tell('stalled'), lost: tell('lost') });
  onTestFinished(stop);
  return { source, events, stop };
}

describe('watching a source for stalls', () => {
  test('tells of one that never gives a frame that it stalls, then that it is lost, and no more', async () => {
    const { source, events } = watched(0.08);
    await until(() => events.includes('lost'));
    source.counts.decoded++;
    await sleep(50);
    expect(events).toEqual(['stalled', 'lost']);
  });

  test('tells once that frames come, however many', async () => {
    const { source, events } = watched(60);
    const timer = setInterval(() => source.counts.decoded++, 1);
    onTestFinished(() => clearInterval(timer));
    // It looks once a second.
    await until(() => events.length > 0);
    await sleep(1500);
    expect(events).toEqual(['flowing']);
  });

  test('tells that frames come again after a stall, and of each stall', async () => {
    let left = 3;
    // Long enough that a busy machine never looks twice a stall too late.
    const { events } = watched(0.8, (what, source) => {
      if (what === 'stalled' && left-- > 0) source.counts.decoded++;
    });
    await until(() => events.includes('lost'));
    const cycle = ['stalled', 'flowing'];
    expect(events).toEqual([...cycle, ...cycle, ...cycle, 'stalled', 'lost']);
  });

  test('looks at what was decoded, whether anybody took it or not', async () => {
    const { source, events } = watched(4);
    source.counts.decoded = 7;
    await until(() => events.length > 0);
    expect(events).toEqual(['flowing']);
    expect(source.opened).toBe(0);
  });

  test('tells nothing once it was ended, not even what is due', async () => {
    const { source, events, stop } = watched(0.04);
    stop();
    source.counts.decoded++;
    await sleep(100);
    expect(events).toEqual([]);
  });
});
