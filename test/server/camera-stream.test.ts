import { decodePacket } from '#dist/wire/packet-codec.js';
import type { Packet } from '#dist/media/packet.js';
import { describe, expect, test } from 'vitest';
import { cameraStream, lightStream } from '../support/serving.ts';
import type { CameraStream } from '../support/serving.ts';
import { unreachable } from '../support/scripted-camera.ts';
import { until } from '../support/sleep.ts';

const steady = { count: Infinity } as const;
/** Every packet that a stream's log keeps. */
const packetsOf = ({ stream: { log } }: CameraStream): Packet[] =>
  Array.from({ length: log.next - log.oldest }, (_, i) => decodePacket(log.get(log.oldest + i)!.bytes));
const dense = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('a stream of a camera', () => {
  test('numbers its packets densely over its connections, one epoch each, and counts what was lost', async () => {
    const cam = cameraStream('a', [{ count: 7 }, 'refused', { count: 5, failure: unreachable() }, steady]);
    await until(() => packetsOf(cam).some(({ header }) => header.epoch === 2));
    await cam.stream.close();
    const packets = packetsOf(cam);
    expect(packets.map(({ header }) => header.sequence)).toEqual(dense(0, packets.length));
    const epochs = packets.map(({ header }) => header.epoch);
    expect(epochs).toEqual([...epochs].sort());
    expect(new Set(epochs)).toEqual(new Set([0, 1, 2]));
    const { counts, totals, camera } = cam.stream;
    // Whenever the decoder had made more than the pipeline got rid of: to the frame.
    expect(counts.frames + counts.dropped + counts.lost).toBe(camera!.counts.decoded);
    expect(counts.inFlight).toBe(0);
    expect(totals.packets).toBe(packets.length);
    expect(counts.frames).toBeGreaterThanOrEqual(packets.length);
  });

  test('starts each epoch with a frame that stands alone, and with a pts of its own', async () => {
    const part = (i: number) => ({ pts: 1_000_000n + BigInt(i) * 3600n });
    const cam = cameraStream('a', [{ count: 4, part }, { count: 4, part }, steady], { options: {} });
    await until(() => packetsOf(cam).some(({ header }) => header.epoch === 2));
    const firsts = [0, 1].map((epoch) => packetsOf(cam).find(({ header }) => header.epoch === epoch)!.frames[0]!);
    for (const frame of firsts)
      expect(frame).toMatchObject({ kind: 'uniform', scale: 144, change: 1, pts: 1_000_000n });
  });

  test('is told of before the camera was ever reached: without a timebase, which comes with the first connection', async () => {
    const cam = cameraStream('a', ['refused', { afterMs: 30 }], { camera: { retry: { firstS: 0.05, mostS: 0.05 } } });
    expect(cam.stream.facts).toMatchObject({ name: 'a', live: true, state: 'connecting', channels: 3 });
    expect(cam.stream.facts.timebase).toBeUndefined();
    await until(() => cam.stream.status.state === 'backing-off');
    expect(cam.stream.facts.state).toBe('backing-off');
    await until(() => cam.stream.facts.timebase !== undefined);
    expect(cam.stream.facts.timebase).toBe('1/90000');
  });

  test('ends with the last reason when the camera is given up', async () => {
    const cam = cameraStream('a', ['refused'], { camera: { retry: { firstS: 0.001, mostS: 0.001, attempts: 2 } } });
    await cam.stream.whenEnded();
    expect(cam.stream.error?.code).toBe('INPUT_UNREACHABLE');
    expect(cam.stream.status).toMatchObject({ state: 'failed', failures: 3 });
  });

  test('closes the connection at hand when it is closed, and is ended', async () => {
    const cam = cameraStream('a', [steady]);
    await until(() => cam.stream.totals.packets > 3);
    await cam.stream.close();
    expect(cam.script.sources[0]!.shut).toBe(true);
    expect(cam.stream.error?.code).toBe('ABORTED');
    expect(cam.stream.status.state).toBe('ended');
    await until(() => cam.script.sources[0]!.closed === 1);
  });
});

describe('a stream that takes the place of another', () => {
  test('goes on where the log of that one ends, in higher epochs', async () => {
    const before = cameraStream('a', [{ count: 5 }, steady]);
    await until(() => before.stream.status.epoch === 1 && before.stream.totals.packets > 8);
    await before.stream.close();
    const { next } = before.stream.log;
    const firstEpoch = before.stream.status.epoch + 1;
    const after = cameraStream('a', [{ count: 3 }, steady], { log: before.stream.log, camera: { firstEpoch } });
    await until(() => after.stream.totals.packets > 5);
    await after.stream.close();
    const packets = packetsOf(after);
    expect(packets.map(({ header }) => header.sequence)).toEqual(dense(0, packets.length));
    expect(packets[next - 1]!.header.epoch).toBe(1);
    expect(packets[next]!.header.epoch).toBe(2);
    expect(packets.at(-1)!.header.epoch).toBe(3);
    // Its totals are its own.
    expect(after.stream.totals.packets).toBe(packets.length - next);
  });

  test('of a file tells the epoch that it was given, and goes on with the sequence too', async () => {
    const first = lightStream('a', { count: 4 });
    first.stream.read('start');
    await first.stream.whenEnded();
    const options = { policy: 'fixed:9', epoch: 6 };
    const second = lightStream('a', { count: 4 }, { log: first.stream.log, options });
    expect(second.stream.status.epoch).toBe(6);
    second.stream.read(4);
    await second.stream.whenEnded();
    const headers = dense(0, 8).map((i) => decodePacket(first.stream.log.get(i)!.bytes).header);
    expect(headers.map(({ sequence, epoch }) => [sequence, epoch])).toEqual(dense(0, 8).map((i) => [i, i < 4 ? 0 : 6]));
  });
});
