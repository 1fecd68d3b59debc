/** One encoded packet in a log; one frame each. */
export interface LoggedPacket {
  readonly sequence: number;
  /** The safetensors message. Shared by every reader: never written to. */
  readonly bytes: Uint8Array;
  /** Of its frame. */
  readonly tokens: number;
  readonly epoch: number;
  /** Unix time at which its frame was decoded (live), or at which it was made, milliseconds. Never falls in a log. */
  readonly atMs: number;
}

/** What a stream has given so far. */
export interface StreamTotals {
  readonly packets: number;
  readonly frames: number;
  readonly tokens: number;
}

/** What a receiver holds after a packet, so that its grid can be had without reading from the start of an epoch. */
export interface KeptState {
  /** Of the packet after which it holds. */
  readonly sequence: number;
  readonly epoch: number;
  /** X̂, `[side², channels]` float32 at the finest scale of the stream's ladder. */
  readonly grid: Float32Array;
}

/**
 * The packets of one stream by their dense sequence. The newest are kept; how many is the log's own bound. One writer,
 * any number of readers.
 */
export interface PacketLog {
  /** Sequence of the oldest packet still kept; equals `next` when there is none. */
  readonly oldest: number;
  /** Sequence of the next packet; every kept one is below it. */
  readonly next: number;
  /** Bytes of the packets that are kept. */
  readonly bytes: number;
  /** Of the newest packet; undefined where there never was one. */
  readonly epoch: number | undefined;
  /** Packets outlive this process. */
  readonly durable: boolean;
  /** How its stream ended, where it did in good order and nothing follows. */
  readonly sealed: StreamTotals | undefined;
  /** Whether appending so many bytes would let the oldest packet go. */
  wouldEvict(bytes: number): boolean;
  /**
   * Adds a packet whose sequence is `next`; lets the oldest go where a bound is reached. One call at a time.
   * @returns resolves once the packet can be read and, in a durable log, outlives the death of this process. Where the
   * disk fails it resolves too: the packet is kept in memory, and the log says so to whoever opened it.
   */
  append(packet: LoggedPacket): Promise<void>;
  /** The packet of that sequence, or undefined where it is not kept. */
  get(sequence: number): LoggedPacket | undefined;
  /** The lowest kept sequence at or after this one; `next` where there is none. */
  seek(sequence: number): number;
  /** The lowest kept sequence whose packet was made at or after this Unix time, milliseconds; `next` where none was. */
  at(atMs: number): number;
  /**
   * Resolves once this packet is on the disk, and with it all before it but for those that are `missing`. While the disk
   * fails, it waits.
   * @returns whether it is there; false where the log is not durable, the disk has lost the packet, it was never made, the
   * log was closed or `signal` aborted
   */
  synced(sequence: number, signal?: AbortSignal): Promise<boolean>;
  /** How many packets from the first to the last of these a failing disk has lost since the log was opened. */
  missing(first: number, last: number): number;
  /** Keeps the state after a packet that is in the log. Those before the oldest packet go, but for the newest of them. Copies `grid`. */
  keepState(state: KeptState): void;
  /** The newest kept state at or before this sequence, which is no lower than `oldest` − 1. The caller owns it. */
  stateBefore(sequence: number): KeptState | undefined;
  /** The stream has ended in good order. */
  seal(totals: StreamTotals): Promise<void>;
  /**
   * A source that is opened. A log of the same identity stays as it is where it is sealed, or where its source goes on;
   * otherwise the packets go, and the sequence goes on.
   * @param identity - of everything that its packets depend on
   * @param goesOn - a camera: what comes follows what there is
   */
  restart(identity: string, goesOn?: boolean): Promise<void>;
  /** Flushes, and frees what it holds. */
  close(): Promise<void>;
}
