import { open } from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import type { StoredStream } from './log-op.ts';

/** Of the address space, not of the disk: more than any log takes. */
const MAP_BYTES = 2 ** 40;

/** How the last process left the folder. */
export interface LeftBehind {
  readonly clean: boolean;
  /** Where the system has one. */
  readonly boot?: string | undefined;
  /** The last generation of the journal whose content is in the database. */
  readonly applied: number;
  /** Of the next new stream. */
  readonly nextId: number;
}

/** The tables of a log folder. Keys of packets and states: see {@link packetKey}. */
export interface LogTables {
  readonly root: RootDatabase<unknown, string>;
  readonly meta: Database<LeftBehind, string>;
  readonly streams: Database<StoredStream, string>;
  /** Facts of a packet: see `packet-facts.ts`. */
  readonly facts: Database<Uint8Array, Uint8Array>;
  readonly bytes: Database<Uint8Array, Uint8Array>;
  /** Float32 values. */
  readonly states: Database<Uint8Array, Uint8Array>;
}

/** Opens the database of a folder, made where it is not there; by the process that holds the folder's lock, and the one that writes for it. */
export function openTables(dir: string): LogTables {
  const map = process.platform === 'win32' ? {} : { mapSize: MAP_BYTES };
  // Plain commits: each one is on the disk when it returns, and the file is whole whenever the machine stops.
  const root = open<unknown, string>({ path: dir, noSubdir: false, overlappingSync: false, encoding: 'json', ...map });
  const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
  return {
    root,
    meta: root.openDB<LeftBehind, string>('meta', { encoding: 'json' }),
    streams: root.openDB<StoredStream, string>('streams', { encoding: 'json' }),
    facts: root.openDB<Uint8Array, Uint8Array>('facts', binary),
    bytes: root.openDB<Uint8Array, Uint8Array>('bytes', binary),
    states: root.openDB<Uint8Array, Uint8Array>('states', binary),
  };
}

/** Key of a packet or state: stream number (uint32), sequence (uint64), both big-endian, so that keys sort by sequence. */
export function packetKey(id: number, sequence: number): Buffer {
  const key = Buffer.allocUnsafeSlow(12);
  key.writeUInt32BE(id, 0);
  key.writeUInt32BE(Math.floor(sequence / 2 ** 32), 4);
  key.writeUInt32BE(sequence % 2 ** 32, 8);
  return key;
}

/** Sequence of a {@link packetKey}. */
export function keySequence(key: Uint8Array): number {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(4) * 2 ** 32 + view.getUint32(8);
}
