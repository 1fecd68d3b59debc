import { crc32 } from 'node:zlib';
import { keySequence, packetKey } from './log-database.ts';
import type { LogTables } from './log-database.ts';
import { decodeFacts, decodeState } from './packet-facts.ts';
import type { StoredFacts } from './packet-facts.ts';
import type { KeptState, LoggedPacket } from './packet-log.ts';

/** Most packets kept that were read last, shared by all streams: readers at the same place share a copy. */
const READ = { packets: 16, bytes: 16 << 20 };

/** Reads packets and states from the database; never throws: what cannot be read is not there. */
export class LogReader {
  readonly #tables: LogTables;
  readonly #broken: (what: string) => void;
  readonly #read = new Map<string, LoggedPacket>();
  #readBytes = 0;

  /** @param broken - told when stored bytes are not what was written */
  constructor(tables: LogTables, broken: (what: string) => void) {
    this.#tables = tables;
    this.#broken = broken;
  }

  /** Sees what was written meanwhile. */
  refresh(): void {
    this.#tables.root.resetReadTxn();
  }

  /** What is known of a packet without reading it. */
  facts(id: number, sequence: number): StoredFacts | undefined {
    const stored = this.#try(() => this.#tables.facts.get(packetKey(id, sequence)));
    return stored && decodeFacts(sequence, stored);
  }

  /** A stored packet. */
  packet(id: number, sequence: number): LoggedPacket | undefined {
    const name = `${id}/${sequence}`;
    const known = this.#read.get(name);
    if (known) return known;
    const facts = this.facts(id, sequence);
    const stored = facts && this.#try(() => this.#tables.bytes.getBinaryFast(packetKey(id, sequence)));
    if (!stored) return undefined;
    // The database's own buffer is written over by the next read.
    const bytes = new Uint8Array(stored.subarray(0, facts.size));
    if (bytes.byteLength !== facts.size || crc32(bytes) !== facts.crc) {
      this.#broken(`Packet ${sequence} is not what was written`);
      return undefined;
    }
    const { tokens, epoch, atMs } = facts;
    return this.#share(name, { sequence, bytes, tokens, epoch, atMs });
  }

  /** The lowest stored sequence from `from` to below `to`. */
  seek(id: number, from: number, to: number): number | undefined {
    if (from >= to) return undefined;
    const range = { start: packetKey(id, from), end: packetKey(id, to), limit: 1 };
    return this.#try(() => [...this.#tables.facts.getKeys(range)].map(keySequence)[0]);
  }

  /** The newest state of a sequence from `from` to `to`, both included. */
  state(id: number, from: number, to: number): KeptState | undefined {
    if (from > to) return undefined;
    // LMDB walks backwards from the first key above.
    const range = { start: packetKey(id, to), end: packetKey(id, from), reverse: true, limit: 1, inclusiveEnd: true };
    return this.#try(() => {
      for (const { key, value } of this.#tables.states.getRange(range)) {
        return decodeState(keySequence(key), value);
      }
      return undefined;
    });
  }

  #share(name: string, packet: LoggedPacket): LoggedPacket {
    this.#read.set(name, packet);
    this.#readBytes += packet.bytes.byteLength;
    for (const [oldest, { bytes }] of this.#read) {
      if (this.#read.size <= READ.packets && this.#readBytes <= READ.bytes) break;
      this.#read.delete(oldest);
      this.#readBytes -= bytes.byteLength;
    }
    return packet;
  }

  #try<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#broken(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}
