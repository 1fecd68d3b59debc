import fc from 'fast-check';
import { FormatContext, Packet } from 'node-av/lib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { DirectPackets } from '#dist/decode/libav-packets.js';
import type { PacketFeed, PacketRead } from '#dist/decode/libav-packets.js';
import { PacketShelf, SHELF_BYTES, SHELF_PACKETS } from '#dist/decode/libav-shelf.js';
import { openClipWriter } from '#dist/decode/libav-writer.js';
import { clip } from '../support/clips.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';

/** A container's packets, let through as a test says; the last `read` is held where none may pass. */
class Gate implements PacketFeed {
  readonly waiting = 0;
  readonly #feed: DirectPackets;
  readonly #onRead: () => void;
  #allowed = 0;
  #wake: () => void = () => undefined;
  #onHeld: () => void = () => undefined;
  #stopped = false;

  constructor(feed: DirectPackets, onRead: () => void = () => undefined) {
    this.#feed = feed;
    this.#onRead = onRead;
  }

  /** Settles when so many packets more have gone through and were taken in. */
  async pass(count: number): Promise<void> {
    this.#allowed += count;
    const through = new Promise<void>((resolve) => (this.#onHeld = resolve));
    this.#wake();
    if (count > 0) await through;
  }

  async read(into: Packet): Promise<PacketRead> {
    this.#onRead();
    while (this.#allowed === 0 && !this.#stopped) {
      this.#onHeld();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.#allowed -= 1;
    return this.#feed.read(into);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#feed.stop();
  }
}

async function opened(path: string): Promise<FormatContext> {
  const container = new FormatContext();
  container.allocContext();
  await container.openInput(path, null, null);
  await container.findStreamInfo();
  return container;
}

/** dts of every packet of a file, and whether it is a key frame. */
async function listed(path: string): Promise<{ dts: bigint; key: boolean }[]> {
  const container = await opened(path);
  const packet = new Packet();
  packet.alloc();
  const all: { dts: bigint; key: boolean }[] = [];
  while ((await container.readFrame(packet)) >= 0) {
    all.push({ dts: packet.dts, key: packet.isKeyframe });
    packet.unref();
  }
  packet.free();
  await container.closeInput();
  return all;
}

/** Lets everything happen that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Two thousand pictures of which only the first can be decoded alone, and one more key frame. */
async function longGroup(): Promise<string> {
  const path = `${await temporaryFolder({})}/long.mp4`;
  const writer = await openClipWriter(path, {
    ...{ width: 32, height: 32, timebase: { num: 1, den: 25 }, container: 'mp4', codecs: ['libx264'] },
    options: { preset: 'ultrafast', g: '2000', sc_threshold: '0', bf: '0' },
  });
  const rgb = new Uint8Array(32 * 32 * 3);
  for (let i = 0; i < 2010; i++) await writer.write(rgb.fill(i % 200), BigInt(i));
  await writer.finish();
  return path;
}

describe('the shelf', () => {
  let path = '';
  let packets: { dts: bigint; key: boolean }[] = [];
  beforeAll(async () => {
    path = await clip('long');
    packets = await listed(path);
  });
  let container: FormatContext | undefined;
  afterAll(() => container?.closeInput());

  test('gives packets in order from the newest key frame on, and says where some were left out', async () => {
    const steps = fc.array(fc.record({ read: fc.nat(25), taken: fc.nat(25) }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (schedule) => {
        const input = await opened(path);
        const gate = new Gate(new DirectPackets(input, undefined));
        const shelf = new PacketShelf(gate, 0);
        const packet = new Packet();
        packet.alloc();
        let [read, next] = [0, 0];
        for (const step of schedule) {
          const allowed = Math.min(step.read, packets.length - read);
          await gate.pass(allowed);
          read += allowed;
          const start = packets.slice(0, read).findLastIndex(({ key }) => key);
          const expected = Math.max(start, next);
          expect(shelf.waiting).toBe(start < 0 ? 0 : read - expected);
          for (let i = 0; i < step.taken && shelf.waiting > 0; i++) {
            const at = i === 0 ? expected : next;
            const { result, afresh, lossy } = await shelf.read(packet);
            expect([result >= 0, packet.dts, lossy]).toEqual([true, packets[at]!.dts, false]);
            expect(afresh).toBe(at > next);
            if (afresh) expect(packets[at]!.key).toBe(true);
            next = at + 1;
          }
        }
        await shelf.stop();
        packet.free();
        await input.closeInput();
      }),
      { numRuns: 25 },
    );
  });

  test('keeps no more than its bound, whatever the distance of key frames, and starts again at the next one', async () => {
    const long = await longGroup();
    const input = await opened(long);
    onTestFinished(() => input.closeInput());
    const box: { shelf?: PacketShelf } = {};
    let most = 0;
    let emptied = 0;
    const gate = new Gate(new DirectPackets(input, undefined), () => {
      const waiting = box.shelf?.waiting ?? 0;
      if (most === SHELF_PACKETS && waiting === 0) emptied += 1;
      most = Math.max(most, waiting);
    });
    const shelf = new PacketShelf(gate, 0);
    box.shelf = shelf;
    await gate.pass(2005);
    expect(shelf.waiting).toBe(5);
    expect(most).toBe(SHELF_PACKETS);
    // Between the bound and the key frame it is empty: pictures in between cannot be decoded.
    expect(emptied).toBe(2000 - SHELF_PACKETS);
    expect(SHELF_BYTES).toBeLessThanOrEqual(32 << 20);
    const packet = new Packet();
    packet.alloc();
    expect(await shelf.read(packet)).toMatchObject({ afresh: true });
    expect(packet.isKeyframe).toBe(true);
    packet.free();
    await shelf.stop();
  });

  test('ends a read and a wish that wait when it is stopped, and when the input ends', async () => {
    container = await opened(path);
    const packet = new Packet();
    packet.alloc();
    const gate = new Gate(new DirectPackets(container, undefined));
    const stopped = new PacketShelf(gate, 0);
    const both = Promise.all([stopped.read(packet), stopped.wanted()]);
    await stopped.stop();
    expect((await both)[0].result).toBeLessThan(0);

    const input = await opened(path);
    onTestFinished(() => input.closeInput());
    const ended = new PacketShelf(new DirectPackets(input, undefined), 0);
    await ended.wanted();
    expect((await ended.read(packet)).result).toBeLessThan(0);
    await ended.stop();
    packet.free();
  });

  test('answers each wish once', async () => {
    const input = await opened(path);
    onTestFinished(() => input.closeInput());
    const shelf = new PacketShelf(new Gate(new DirectPackets(input, undefined)), 0);
    let answered = 0;
    void (async () => {
      for (;;) {
        await shelf.wanted();
        answered += 1;
        if (answered > 10) return;
      }
    })();
    await settled();
    expect(answered).toBe(0);
    shelf.want();
    shelf.want();
    await settled();
    expect(answered).toBe(2);
    await shelf.stop();
  });
});
