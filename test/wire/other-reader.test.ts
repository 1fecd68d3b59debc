import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Packet } from '#dist/media/packet.js';
import { encodePacket } from '#dist/wire/packet-codec.js';
import { dequantize } from '#dist/wire/quantize.js';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { goldenPackets } from '../support/golden-packets.ts';
import { jsonLines } from '../support/json-lines.ts';
import { anyPacket } from '../support/packets.ts';
import { toolOrSkip } from '../support/require-tool.ts';

const script = fileURLToPath(new URL('../support/read_safetensors.py', import.meta.url));
const kinds = ['uniform', 'tree', 'hold', 'refine'];

interface Found {
  metadata: Record<string, string>;
  tensors: Record<string, { shape: number[]; values: string[] }>;
}

function readByPython(packets: readonly Packet[]): Found[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'framenest-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const paths = packets.map((packet, i) => {
    const file = path.join(folder, `${i}.safetensors`);
    writeFileSync(file, encodePacket(packet));
    return file;
  });
  const { stdout, stderr, status } = spawnSync('python3', [script], { input: paths.join('\n'), maxBuffer: 2 ** 28 });
  expect(stderr.toString()).toBe('');
  expect(status).toBe(0);
  return jsonLines(stdout.toString()) as Found[];
}

const float = (value: number): string => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
};
const floats = (list: Iterable<number>): string[] => Array.from(list, float);
const integers = (list: Iterable<number | bigint>): string[] => Array.from(list, String);

/** What another reader must find in a packet. */
function expected({ header, frames, dtype, channels, tokens, tokenScale, position }: Packet): Found {
  const n = frames.length;
  const rows = frames.reduce((sum, frame) => sum + frame.tokens, 0);
  const bounds = [0, ...frames.map((_, i) => frames.slice(0, i + 1).reduce((sum, frame) => sum + frame.tokens, 0))];
  const plain = dtype === 'I8' ? integers(new Int8Array(tokens)) : floats(dequantize(tokens, channels, dtype));
  return {
    metadata: {
      protocol: 'framenest.v1',
      stream: header.stream,
      sequence: String(header.sequence),
      timebase: `${header.timebase.num}/${header.timebase.den}`,
      encoder: header.encoder,
      stage: header.stage,
      epoch: String(header.epoch),
      ...(header.wallclockUs !== undefined && { wallclock_us: String(header.wallclockUs) }),
    },
    tensors: {
      tokens: { shape: [rows, channels], values: plain },
      cu_seqlens: { shape: [n + 1], values: integers(bounds) },
      pts: { shape: [n], values: integers(frames.map(({ pts }) => pts)) },
      kind: { shape: [n], values: integers(frames.map(({ kind }) => kinds.indexOf(kind))) },
      scale: { shape: [n], values: integers(frames.map(({ scale }) => scale)) },
      change: { shape: [n], values: floats(frames.map(({ change }) => change)) },
      dropped_before: { shape: [n], values: integers(frames.map(({ droppedBefore }) => droppedBefore)) },
      ...(tokenScale && { token_scale: { shape: [rows], values: floats(tokenScale) } }),
      ...(position && { position: { shape: [rows], values: integers(position) } }),
    },
  };
}

const hasNumpy = toolOrSkip('python3', ['-c', 'import numpy']);

test.skipIf(!hasNumpy)('another implementation reads every value of our packets', () => {
  const packets = [...Object.values(goldenPackets), ...fc.sample(anyPacket, { numRuns: 60, seed: 1 })];
  const found = readByPython(packets);
  expect(found).toHaveLength(packets.length);
  for (const [i, packet] of packets.entries()) expect(found[i]).toEqual(expected(packet));
});
