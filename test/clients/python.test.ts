import { GridRebuilder, connect, dequantize } from '#dist/client/index.js';
import type { Packet, RebuiltFrame, SubscribeOptions, SubscriptionItem } from '#dist/client/index.js';
import { errorCodes } from '#dist/errors.js';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Running, root } from '../support/cli.ts';
import { CuriousEncoder } from '../support/curious-encoder.ts';
import { jsonLines } from '../support/json-lines.ts';
import { toolOrSkip } from '../support/require-tool.ts';
import { scenery, withBox } from '../support/picture.ts';
import type { Picture } from '../support/picture.ts';
import { lightStream, serve } from '../support/serving.ts';
import type { LightStream } from '../support/serving.ts';

// The system's own: Debian's packages are not seen by any other.
const PYTHON = '/usr/bin/python3';
const client = join(root, 'clients/python');
const env = { PYTHONPATH: join(client, 'src') };

interface ToldFrame {
  readonly ticks: number;
  readonly pts: number;
  readonly kind: string;
  readonly scale: number;
  readonly change: number;
  readonly dropped: number;
  readonly rows: readonly [number, number];
  readonly grid: string;
}

interface Told {
  readonly type: string;
  readonly stream: string;
  readonly sequence: number;
  readonly epoch: number;
  readonly dtype: string;
  readonly raw: string;
  readonly tokens: string;
  readonly position: string | null;
  readonly shape: readonly number[];
  readonly frames: readonly ToldFrame[];
}

/** What the Python client says of a stream, line by line. */
async function collect(...args: string[]): Promise<(Told & Record<string, unknown>)[]> {
  const ended = await new Running(PYTHON, [join(root, 'test/clients/collect.py'), ...args], { env }).ended();
  expect(ended.stderr).toBe('');
  return jsonLines(ended.stdout) as (Told & Record<string, unknown>)[];
}

/** What our own client says of it, with the grid after each packet. */
async function collectHere(
  url: string,
  stream: string,
  options: SubscribeOptions = {},
  token?: string,
): Promise<{ packet: Packet; frames: RebuiltFrame[] }[]> {
  const session = await connect(url, { ...(token !== undefined && { token }) });
  onTestFinished(() => session.close());
  const facts = session.streams.find(({ name }) => name === stream)!;
  const ladder = facts.ladder.filter((scale) => scale <= (options.maxScale ?? Infinity));
  const rebuilder = new GridRebuilder({ ...facts, ladder });
  const items: SubscriptionItem[] = [];
  for await (const item of session.subscribe(stream, { from: 'start', ...options })) items.push(item);
  return items.flatMap((item) => {
    if (item.type !== 'packet') return [];
    const frames = Array.from(rebuilder.receive(item.packet), (frame) => ({ ...frame, grid: frame.grid.slice() }));
    return [{ packet: item.packet, frames }];
  });
}

const base64 = (bytes: ArrayBufferView): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
const floats = (text: string): Float32Array => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);

function worst(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** A box that wanders over a still scene, and rests now and then. */
function treeStream(name: string): LightStream {
  const scene = scenery(96, 1);
  const paint = (i: number): Picture => {
    const step = Math.floor(i / 6) * 4 + Math.min(i % 6, 3);
    return withBox(scene, { x: (step * 5) % 80, y: (step * 3) % 80, width: 12, height: 12 }, [250, 240, 20]);
  };
  return lightStream(
    name,
    { count: 40, paint },
    { encoder: new CuriousEncoder({ side: 96 }), options: { policy: 'fidelity' } },
  );
}

describe.skipIf(!toolOrSkip(PYTHON, ['-c', 'import websockets, numpy']))('the Python client', () => {
  test('knows every code', async () => {
    const script = 'import framenest.errors as e; print(*sorted(e.RETRYABLE)); print(*sorted(e.LASTING))';
    const { stdout } = await new Running(PYTHON, ['-c', script], { env }).ended();
    const codes = Object.entries(errorCodes);
    const lines = [true, false].map((retryable) =>
      codes.flatMap(([code, facts]) => (facts.retryable === retryable ? [code] : [])).sort(),
    );
    expect(stdout.trimEnd().split('\n')).toEqual(lines.map((line) => line.join(' ')));
  });

  test.each([
    [{ max_scale: 9 }, { maxScale: 9 }],
    [
      { max_scale: 36, layout: 'uniform', dtype: 'BF16' },
      { maxScale: 36, layout: 'uniform', dtype: 'BF16' },
    ],
    [
      { dtype: 'I8', tokens_per_second: 200, key: true },
      { dtype: 'I8', tokensPerSecond: 200, key: true },
    ],
    [{ query: 'what moves?' }, { query: 'what moves?' }],
  ] as const)('asks for a view of its own with a token: %j', async (asked, options) => {
    const access = [{ name: 'all', token: 'a-token-of-this-test', streams: ['*'] }];
    const { url } = await serve([treeStream('tree')], { access });
    const [told, here] = [
      await collect(url, 'tree', 'start', 'a-token-of-this-test', JSON.stringify(asked)),
      await collectHere(url, 'tree', options, 'a-token-of-this-test'),
    ];
    const packets = told.filter(({ type }) => type === 'packet');
    expect(packets.map(({ raw }) => raw)).toEqual(here.map(({ packet }) => base64(packet.tokens)));
    for (const [i, { frames }] of here.entries()) {
      const { grid } = frames[0]!;
      const peak = Math.max(...grid.map(Math.abs));
      expect(worst(floats(packets[i]!.frames[0]!.grid), grid)).toBeLessThan(1e-5 * Math.max(1, peak));
    }
  });

  test('passes its own tests', { timeout: 300_000 }, async () => {
    const ended = await new Running(PYTHON, ['-m', 'unittest'], { cwd: client, env }).ended();
    expect(ended.stderr).toMatch(/^OK/m);
    expect(ended.status).toBe(0);
  });

  test.each<[string[], LightStream]>([
    [['uniform'], lightStream('a', { count: 40 })],
    [['hold', 'tree'], treeStream('a')],
  ])('gets what ours gets from a stream with frames of the kinds %j', async (kinds, light) => {
    const { url } = await serve([light]);
    const here = await collectHere(url, 'a');
    const there = await collect(url, 'a', 'start');
    expect(there.map(({ type }) => type)).toEqual([...here.map(() => 'packet'), 'end']);
    const seen = new Set(here.flatMap(({ packet }) => packet.frames.map(({ kind }) => kind)));
    expect([...seen].sort()).toEqual(kinds);
    for (const [i, { packet, frames }] of here.entries()) {
      const told = there[i]!;
      const { header, channels, dtype, tokens, tokenScale, position } = packet;
      expect(told).toMatchObject({ stream: 'a', sequence: header.sequence, epoch: header.epoch, dtype });
      expect(told.raw).toBe(base64(tokens));
      expect(floats(told.tokens)).toEqual(dequantize(tokens, channels, dtype, tokenScale));
      expect(told.position).toBe(position ? base64(position) : null);
      expect(told.frames.map(({ ticks, kind, scale, dropped }) => [BigInt(ticks), kind, scale, dropped])).toEqual(
        packet.frames.map((frame) => [frame.pts, frame.kind, frame.scale, frame.droppedBefore]),
      );
      for (const [n, { grid }] of frames.entries()) {
        const peak = grid.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        expect(worst(floats(told.frames[n]!.grid), grid)).toBeLessThan(1e-5 * peak);
      }
    }
  });

  test('tells the gap that it meets, and the end', async () => {
    const { url } = await serve([lightStream('a', { count: 20 }, { kept: 5 })]);
    await collectHere(url, 'a');
    const [gap, ...rest] = await collect(url, 'a', 'start');
    expect(gap).toEqual({ type: 'Gap', stream: 'a', first: 0, last: 14, frames: 15, reason: 'expired' });
    expect(rest.map(({ sequence }) => sequence)).toEqual([15, 16, 17, 18, 19, undefined]);
    expect(rest.at(-1)).toEqual({ type: 'end', stream: 'a', packets: 20, frames: 20, tokens: 180 });
  });

  test('begins at a sequence', async () => {
    const { url } = await serve([lightStream('a', { count: 20 })]);
    await collectHere(url, 'a');
    const got = await collect(url, 'a', '17');
    expect(got.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['packet', 17],
      ['packet', 18],
      ['packet', 19],
      ['end', undefined],
    ]);
  });
});
