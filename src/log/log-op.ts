import type { LoggedPacket, StreamTotals } from './packet-log.ts';

/** What is known of a stream without looking at its packets. */
export interface StreamFigures {
  readonly next: number;
  readonly oldest: number;
  /** Kept; holes are not counted. */
  readonly packets: number;
  /** Of the kept packets. */
  readonly bytes: number;
  /** Of the newest packet there ever was, Unix milliseconds. */
  readonly atMs: number;
  readonly epoch?: number | undefined;
  readonly sealed?: StreamTotals | undefined;
  readonly identity?: string | undefined;
  /** First sequence of that identity: states before it are of other packets. */
  readonly begun?: number | undefined;
}

/** A stream as the database has it. */
export interface StoredStream extends StreamFigures {
  /** Number that its keys begin with. */
  readonly id: number;
  /** The lowest sequence that may still have an entry: what lies below `oldest` waits to be removed. */
  readonly tail: number;
  /** No packet at or after this sequence can have been made before the machine stopped. */
  readonly reserved: number;
}

/** A packet without its bytes. */
export type PacketFacts = Omit<LoggedPacket, 'bytes'>;

/** One change to a stream: what it is afterwards, and the packet or state that came with it. */
export interface LogOp {
  readonly stream: string;
  readonly figures: StreamFigures;
  readonly packet?: PacketFacts | undefined;
  /** Sequence of the state in `body`. */
  readonly state?: number | undefined;
  /** Bytes of the packet, or of the state. */
  readonly body?: Uint8Array | undefined;
}
