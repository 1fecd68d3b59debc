import { connect } from '#dist/client/connect.js';
import { EncoderShare } from '#dist/encode/encoder-share.js';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { LogStore } from '#dist/log/log-store.js';
import type { Packet } from '#dist/media/packet.js';
import type { VisionEncoder } from '#dist/media/vision-encoder.js';
import { cellOf, levelOf } from '#dist/scales/scale-tree.js';
import { TokenStream } from '#dist/server/token-stream.js';
import { GridRebuilder } from '#dist/view/grid-rebuilder.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mosaic, withThings } from '../support/mosaic.ts';
import { PaintedSource } from '../support/painted-source.ts';
import { RawClient } from '../support/raw-client.ts';
import { lightStream, serve } from '../support/serving.ts';
import { clipOrSkip, tinyClip, tinyClipWith } from '../support/tiny-clip.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';
import { readAll } from './read-all.ts';

const FRAMES = 24;
const CHANNELS = 32;
const LADDER = [1, 9, 36, 144];
const scene = mosaic(96, 2);
/** A word that the text tower does not know, and that no colour is near to. */
const OTHER = 'where is the thing?';

async function clip(folder?: string): Promise<VisionEncoder> {
  const encoder = await openEncoder(folder ?? (await tinyClip()), { device: 'cpu', lanes: 1 });
  onTestFinished(() => encoder.dispose());
  return encoder;
}

/** A stream in which a red and a green thing cross a motley ground. */
function crossing(name: string, encoder: VisionEncoder, options: object = { policy: 'fixed:144' }): TokenStream {
  const source = new PaintedSource({ count: FRAMES, paint: (i) => withThings(scene, i).picture });
  const stream = new TokenStream({ name, source, encoder, options });
  onTestFinished(() => stream.close());
  return stream;
}

const sum = (packets: readonly Packet[]): number => packets.reduce((all, { frames }) => all + frames[0]!.tokens, 0);
const fineCells = ({ position }: Packet): Set<number> =>
  new Set([...position!].filter((at) => levelOf(at) === 3).map(cellOf));

/** Cells in both as a share of the cells in one of them. */
function overlap(a: ReadonlySet<number>, b: readonly number[]): number {
  const both = b.filter((cell) => a.has(cell)).length;
  return both / (a.size + b.length - both);
}

/** The grid after each packet, `[144, 32]`. */
function grids(packets: readonly Packet[], ladder: readonly number[] = LADDER): Float32Array[] {
  const rebuilder = new GridRebuilder({ ladder, gridSide: 12, channels: CHANNELS });
  return packets.flatMap((packet) => [...rebuilder.receive(packet)].map(({ grid }) => grid.slice()));
}

describe.skipIf(!clipOrSkip)('a subscriber with a query', () => {
  test('gets fine what it asks about, wherever that goes, with far fewer tokens', async () => {
    const { url } = await serve([crossing('a', await clip())]);
    const whole = await readAll(url);
    const [red, green, other] = await Promise.all(
      ['red', 'the green thing', OTHER].map(async (query) => (await readAll(url, { query })).packets),
    );
    expect(sum(whole.packets)).toBe(FRAMES * 144);
    for (const packets of [red!, green!, other!]) expect(sum(packets)).toBeLessThan(0.4 * FRAMES * 144);
    let [reds, greens] = [0, 0];
    for (let i = 0; i < FRAMES; i++) {
      const things = withThings(scene, i);
      const [inRed, inGreen] = [fineCells(red![i]!), fineCells(green![i]!)];
      expect([...inRed]).toEqual(expect.arrayContaining([...things.red]));
      expect([...inGreen]).toEqual(expect.arrayContaining([...things.green]));
      const rest = fineCells(other![i]!);
      reds += overlap(new Set([...inRed].filter((cell) => !rest.has(cell))), things.red) / FRAMES;
      greens += overlap(new Set([...inRed].filter((cell) => !rest.has(cell))), things.green) / FRAMES;
    }
    // What the text brought in beside what stands out anyway is the thing, and not the other one.
    expect(reds).toBeGreaterThan(0.8);
    expect(greens).toBe(0);
  });

  test('holds at the fine cells what everybody holds, and the right means elsewhere', async () => {
    for (const options of [
      { policy: 'fixed:144', dtype: 'F32' },
      { policy: 'fidelity', price: 0.02, dtype: 'F32' },
    ]) {
      const { url } = await serve([crossing('a', await clip(), options)]);
      const whole = grids((await readAll(url)).packets);
      const { packets } = await readAll(url, { query: 'red' });
      for (const [i, grid] of grids(packets).entries()) {
        for (const cell of withThings(scene, i).red) {
          for (let c = 0; c < CHANNELS; c++) {
            expect(grid[cell * CHANNELS + c]).toBeCloseTo(whole[i]![cell * CHANNELS + c]!, 4);
          }
        }
        for (let c = 0; c < CHANNELS; c++) {
          const mean = (values: Float32Array): number =>
            values.reduce((all, value, at) => (at % CHANNELS === c ? all + value / 144 : all), 0);
          expect(mean(grid)).toBeCloseTo(mean(whole[i]!), 4);
        }
      }
    }
  });

  test('gets the same bytes as everybody who asks the same, live or later, from wherever', async () => {
    for (const options of [{ policy: 'fixed:144' }, { policy: 'fidelity', price: 0.02 }]) {
      const { url } = await serve([crossing('a', await clip(), options)]);
      const asked = { query: 'red', dtype: 'F16' };
      const [first, same, green] = await Promise.all([
        readAll(url, asked),
        readAll(url, asked),
        readAll(url, { ...asked, query: 'green' }),
      ]);
      expect(same.client.packets).toEqual(first.client.packets);
      expect(green.client.packets).not.toEqual(first.client.packets);
      expect((await readAll(url, asked)).client.packets).toEqual(first.client.packets);
      for (const from of [1, 7, 23]) {
        expect((await readAll(url, { ...asked, from })).client.packets).toEqual(first.client.packets.slice(from));
      }
    }
  });

  test('gets the same bytes from the log of a server that was started anew', async () => {
    const encoder = await clip();
    const dir = await temporaryFolder({});
    const served = async (source: PaintedSource | undefined): Promise<{ url: string; close: () => Promise<void> }> => {
      const store = await LogStore.open({ dir, keep: { bytes: 1 << 30, ageS: 3600, packets: 1000 } });
      const log = store.log('a');
      await log.restart('the same clip');
      const options = { policy: 'fidelity', price: 0.02 } as const;
      const stream = new TokenStream({ name: 'a', source, encoder, options, log });
      const { url } = await serve([stream]);
      const close = async (): Promise<void> => {
        await stream.close();
        await store.close();
      };
      onTestFinished(close);
      return { url, close };
    };
    const first = await served(new PaintedSource({ count: FRAMES, paint: (i) => withThings(scene, i).picture }));
    const live = (await readAll(first.url, { query: 'red' })).client.packets;
    await first.close();
    const { url } = await served(undefined);
    expect(live).toHaveLength(FRAMES);
    expect((await readAll(url, { query: 'red' })).client.packets).toEqual(live);
    expect((await readAll(url, { query: 'red', from: 9 })).client.packets).toEqual(live.slice(9));
  });

  test('leaves those without one what they get', async () => {
    const encoder = await clip();
    const alone = await serve([crossing('a', encoder)]);
    const before = (await readAll(alone.url)).client.packets;
    const { url } = await serve([crossing('a', encoder)]);
    const [plain] = await Promise.all([readAll(url), readAll(url, { query: 'red' }), readAll(url, { query: 'green' })]);
    expect(plain.client.packets).toEqual(before);
  });

  test('may want fewer scales, another number format, fewer tokens a second or key packets as well', async () => {
    const { url } = await serve([crossing('a', await clip())]);
    const free = await readAll(url, { query: 'red' });
    const coarse = await readAll(url, { query: 'red', maxScale: 36, dtype: 'I8' });
    expect(coarse.client.all('subscribed')[0]!.ladder).toEqual([1, 9, 36]);
    expect(coarse.packets.every(({ dtype }) => dtype === 'I8')).toBe(true);
    expect(sum(coarse.packets)).toBeLessThan(sum(free.packets));
    // 24 frames are a second; two more may be saved up.
    const thin = await readAll(url, { query: 'red', tokensPerSecond: 100 });
    expect(sum(thin.packets)).toBeLessThanOrEqual(100 * 3 + FRAMES);
    const late = await readAll(url, { query: 'red', key: true, from: 10, dtype: 'F32' });
    const whole = grids((await readAll(url)).packets);
    for (const [i, grid] of grids(late.packets).entries()) {
      for (const cell of withThings(scene, 10 + i).red) {
        const at = cell * CHANNELS;
        expect(grid[at]).toBeCloseTo(whole[10 + i]![at]!, 3);
      }
    }
    const bare = await readAll(url, { query: 'red', values: false });
    expect(bare.packets.map(({ position }) => position)).toEqual(free.packets.map(({ position }) => position));
  });

  test('goes through the client like any other', async () => {
    const { url } = await serve([crossing('a', await clip())]);
    const client = await connect(url);
    onTestFinished(() => client.close());
    expect(client.streams[0]).toMatchObject({ queries: true });
    let frames = 0;
    for await (const item of client.rebuilt('a', { from: 'start', query: 'red' })) {
      if (item.type !== 'packet') continue;
      expect(item.grid).toHaveLength(144 * CHANNELS);
      expect(item.frame.tokens).toBeLessThan(144);
      frames++;
    }
    expect(frames).toBe(FRAMES);
  });
});

describe('a query that cannot be', () => {
  test('is told of where the encoder has no text tower, and the session goes on', async () => {
    const { url } = await serve([lightStream('a')]);
    const client = await RawClient.open(url);
    expect((await client.first('welcome')).streams[0]).toMatchObject({ queries: false });
    client.say({ type: 'subscribe', stream: 'a', query: 'red' });
    expect(await client.first('error')).toMatchObject({ code: 'OPTION_INVALID', stream: 'a' });
    client.say({ type: 'subscribe', stream: 'a' });
    expect(await client.first('subscribed')).toMatchObject({ stream: 'a' });
    await client.caughtUp();
  });

  test.each(['', '   ', 'x'.repeat(1025)])('is refused as no message: "%.5s"', async (query) => {
    const { url } = await serve([lightStream('a')]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', query });
    expect(await client.first('error')).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  test.skipIf(!clipOrSkip)('is told of where whole frames are asked for too', async () => {
    const { url } = await serve([crossing('a', await clip())]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', query: 'red', layout: 'uniform' });
    expect(await client.first('error')).toMatchObject({ code: 'OPTION_INVALID', stream: 'a' });
    await client.caughtUp();
  });

  test.skipIf(!clipOrSkip)('ends its subscription alone where the text tower is broken', async () => {
    const encoder = await clip(await tinyClipWith({ outputName: 'none' }));
    const { url } = await serve([crossing('a', encoder)]);
    const client = await RawClient.open(url);
    client.say({ type: 'subscribe', stream: 'a', from: 'start', query: 'red' });
    client.say({ type: 'credit', stream: 'a', packets: 1000 });
    expect(await client.first('error')).toMatchObject({ code: 'ENCODER_MISMATCH', stream: 'a' });
    await client.caughtUp();
    expect((await readAll(url)).packets).toHaveLength(FRAMES);
  });

  test.skipIf(!clipOrSkip)('is known of at a seat of a shared encoder as at the encoder', async () => {
    const encoder = await clip();
    const seat = new EncoderShare(encoder).seat({ name: 'a' });
    expect(seat.queries).toBe(encoder.queries);
  });
});
