import type { FramenestError } from '#dist/errors.js';
import { LogStore } from '#dist/log/log-store.js';
import type { LogKeep } from '#dist/log/retention.js';
import type { LoggedPacket } from '#dist/log/packet-log.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const AMPLE: LogKeep = { bytes: 2 ** 40, ageS: 1e9, packets: 1e9 };

/** Bytes that tell which packet they are of; the same ones as in `log-child.mjs`. */
export function content(sequence: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (sequence * 31 + i * 7 + (i >> 8)) & 255;
  return bytes;
}

/** Whether a packet has these bytes. `toEqual` takes its time over long arrays. */
export function has(packet: LoggedPacket | undefined, bytes: Uint8Array): boolean {
  return packet !== undefined && Buffer.compare(packet.bytes, bytes) === 0;
}

export function packet(sequence: number, { size = 100, atMs = Date.now(), epoch = 0 } = {}): LoggedPacket {
  return { sequence, bytes: content(sequence, size), tokens: 1 + (sequence % 144), epoch, atMs };
}

/** A folder that is there as long as the test. */
export async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'framenest-log-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A store, closed with the test, and what it complained of. */
export async function openStore(
  dir: string,
  keep: Partial<LogKeep> = {},
): Promise<{ store: LogStore; troubles: FramenestError[] }> {
  const troubles: FramenestError[] = [];
  const store = await LogStore.open({ dir, keep: { ...AMPLE, ...keep }, onTrouble: (error) => troubles.push(error) });
  onTestFinished(() => store.close());
  return { store, troubles };
}
