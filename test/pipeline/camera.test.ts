import { FramenestError } from '#dist/errors.js';
import type { FrameSource } from '#dist/media/frame-source.js';
import { Camera } from '#dist/pipeline/camera.js';
import { NEVER } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PaintedSource } from '../support/painted-source.ts';
import { solid } from '../support/picture.ts';
import { AT_ONCE, ScriptedCamera, unreachable } from '../support/scripted-camera.ts';
import { sleep, turn, until } from '../support/sleep.ts';

const steady = { count: Infinity } as const;
/** Timers that keep this process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('a camera', () => {
  test('is connecting, then live, with the epoch and the counts of its one connection', async () => {
    const { camera, sources, records } = new ScriptedCamera([steady]).start();
    await until(() => camera.status.state === 'live');
    expect(camera.status).toMatchObject({ epoch: 0, failures: 0 });
    expect(camera.status.reason).toBeUndefined();
    expect(camera.source).toBe(sources[0]);
    expect([camera.connections, sources.length]).toEqual([1, 1]);
    expect(camera.counts.decoded).toBe(sources[0]!.counts.decoded);
    expect(records.every(([epoch]) => epoch === 0)).toBe(true);
  });

  test('opens nothing before it is wanted', async () => {
    const { camera, script } = new ScriptedCamera([steady]);
    await sleep(10);
    expect(script.tries).toBe(0);
    expect(camera.status).toMatchObject({ state: 'connecting', epoch: 0 });
  });

  test.each([
    ['ends', { count: 3 }, 'INPUT_ENDED'],
    ['breaks off', { count: 3, failure: unreachable() }, 'INPUT_UNREACHABLE'],
    ['fails in a way that nobody thought of', { count: 3, failure: new TypeError('no lens') }, 'INTERNAL'],
    ['stands still', { count: 3, freezes: true }, 'INPUT_STALLED'],
    ['cannot be reached', 'refused' as const, 'INPUT_UNREACHABLE'],
  ])('that %s is opened again, with the reason in its status', async (_, first, code) => {
    const retry = { firstS: 0.04, mostS: 0.04 };
    const scripted = new ScriptedCamera([first, steady], { stallS: 0.4, retry }).start();
    const { camera } = scripted;
    const lost = await scripted.reaches('backing-off');
    expect(lost.reason?.code).toBe(code);
    expect(lost.failures).toBe(1);
    expect(lost.retryAtMs).toBeGreaterThanOrEqual(lost.sinceMs);
    const epoch = first === 'refused' ? 0 : 1;
    await until(() => scripted.records.some(([of, index]) => of === epoch && index > 3));
    await until(() => camera.status.state === 'live');
    // Why it was lost can still be seen, but not when it was to be tried again.
    expect(camera.status).toMatchObject({ epoch, failures: 0, reason: { code } });
    expect(camera.status.retryAtMs).toBeUndefined();
    expect(scripted.sources.slice(0, -1).every(({ shut }) => shut)).toBe(true);
  });

  test('that stands still gives first what it had decoded', async () => {
    const scripted = new ScriptedCamera([{ count: 5, freezes: true }, steady], { stallS: 0.4 }).start();
    await scripted.reaches('backing-off');
    expect(scripted.records.filter(([epoch]) => epoch === 0)).toEqual([0, 1, 2, 3, 4].map((i) => [0, i]));
    expect(scripted.states.slice(0, 4)).toEqual(['connecting', 'live', 'stalled', 'backing-off']);
  });

  test('counts epochs from where it was told to', async () => {
    const scripted = new ScriptedCamera([{ count: 2 }, steady], { firstEpoch: 7 }).start();
    expect(scripted.statuses[0]).toMatchObject({ state: 'connecting', epoch: 7 });
    await until(() => scripted.records.some(([epoch]) => epoch === 8));
    expect(scripted.camera.status.epoch).toBe(8);
    expect(new Set(scripted.records.map(([epoch]) => epoch))).toEqual(new Set([7, 8]));
  });

  test('adds up what was decoded and thrown away over its connections', async () => {
    const scripted = new ScriptedCamera([{ count: 4 }, { count: 6 }, steady]).start();
    const { camera, sources, records } = scripted;
    await until(() => records.some(([epoch]) => epoch === 2));
    const last = sources[2]!;
    last.counts.discarded = 5;
    const decoded = (): number => 4 + 6 + last.counts.decoded;
    expect([camera.counts.decoded, camera.counts.discarded]).toEqual([decoded(), 5]);
    scripted.stop();
    expect([camera.counts.decoded, camera.counts.discarded]).toEqual([decoded(), 5]);
  });

  test.each([0, 1, 3])('is given up when %i tries in a row may fail and one more does', async (attempts) => {
    const scripted = new ScriptedCamera(['refused'], { retry: { ...AT_ONCE, attempts } }).start();
    await until(() => scripted.error !== undefined);
    expect(scripted.error).toMatchObject({ name: 'FramenestError', code: 'INPUT_UNREACHABLE' });
    expect(scripted.camera.status).toMatchObject({ state: 'failed', failures: attempts + 1 });
    expect(scripted.isOver).toBe(true);
    await sleep(20);
    expect(scripted.script.tries).toBe(attempts + 1);
  });

  test('that gave frames in between begins to count its failures anew', async () => {
    const twice = ['refused', 'refused'] as const;
    const retry = { ...AT_ONCE, attempts: 3 };
    const scripted = new ScriptedCamera([...twice, { count: 5 }, ...twice, steady], { retry }).start();
    await until(() => scripted.records.some(([epoch]) => epoch === 1));
    const failures = scripted.statuses.filter(({ state }) => state === 'backing-off').map((each) => each.failures);
    expect(failures).toEqual([1, 2, 1, 2, 3]);
    expect(scripted.error).toBeUndefined();
  });
});

describe('a camera that is no longer wanted', () => {
  test('closes its source and is ended', async () => {
    const scripted = new ScriptedCamera([steady]).start();
    await until(() => scripted.records.length > 2);
    scripted.stop();
    await until(() => scripted.sources[0]!.closed === 1);
    expect(scripted.sources[0]!.shut).toBe(true);
    expect(scripted.camera.status.state).toBe('ended');
    expect(scripted.camera.source).toBeUndefined();
    expect(scripted.isOver).toBe(true);
  });

  test('while it is being opened tells that to whoever opens it, and closes what is opened all the same', async () => {
    const late = new PaintedSource({ live: true, count: Infinity, paint: () => solid(4, [9, 9, 9]) });
    let given: AbortSignal | undefined;
    const open = async (signal: AbortSignal): Promise<FrameSource> => {
      given = signal;
      await sleep(30);
      return late;
    };
    const camera = new Camera({ open });
    const running = camera.run(() => NEVER).subscribe();
    await turn();
    expect(given?.aborted).toBe(false);
    running.unsubscribe();
    expect(given?.aborted).toBe(true);
    await until(() => late.shut);
    expect([late.opened, camera.connections]).toEqual([0, 0]);
    expect(camera.status.state).toBe('ended');
  });

  test('while it pauses tries no more and leaves no timer', async () => {
    const before = timers();
    const scripted = new ScriptedCamera(['refused'], { retry: { firstS: 3600, mostS: 3600 } }).start();
    await scripted.reaches('backing-off');
    await until(() => timers() > before);
    scripted.stop();
    expect(scripted.camera.status.state).toBe('ended');
    await until(() => timers() <= before);
    expect(scripted.script.tries).toBe(1);
  });

  test('while it is watched leaves no timer', async () => {
    const scripted = new ScriptedCamera([{ count: 1, freezes: true }], { stallS: 3600 }).start();
    await until(() => scripted.records.length === 1);
    const watched = timers();
    scripted.stop();
    // At once: what an earlier test left behind cannot end in between.
    expect(timers()).toBeLessThan(watched);
  });
});

describe('a source that misbehaves', () => {
  test('by failing to close is lost all the same, and the camera goes on', async () => {
    let opened = 0;
    const open = (): Promise<FrameSource> => {
      opened++;
      const source = new PaintedSource({ live: true, count: 2, paint: () => solid(4, [9, 9, 9]) });
      source.close = () => Promise.reject(new Error('stuck'));
      return Promise.resolve(source);
    };
    const camera = new Camera({ open, retry: AT_ONCE });
    const broken = (): never => {
      throw new FramenestError('DECODE_FAILED', { what: 'Broken.', mend: 'Mend it.' });
    };
    const running = camera.run(broken).subscribe();
    onTestFinished(() => running.unsubscribe());
    await until(() => opened > 3);
    expect(camera.status.reason?.code).toBe('DECODE_FAILED');
  });

  test('by hanging, even when it is closed, holds the camera up for some seconds only', async () => {
    const { camera, script } = new ScriptedCamera([steady], { stallS: 0.1 });
    // Records that never end: like a read that does not come back.
    const running = camera.run(() => NEVER).subscribe();
    onTestFinished(() => running.unsubscribe());
    await until(() => script.sources.length > 1);
    expect(script.sources[0]!.shut).toBe(true);
    expect(camera.status.reason?.code).toBe('INPUT_STALLED');
  });
});
