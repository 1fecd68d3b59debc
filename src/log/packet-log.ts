/** One encoded packet in a log; one frame each. */
export interface LoggedPacket {
  readonly sequence: number;
  /** The safetensors message. Shared by every reader: never written to. */
  readonly bytes: Uint8Array;
}

/** The packets of one stream by their dense sequence. The newest are kept; how many is the log's own bound. */
export interface PacketLog {
  /** Sequence of the oldest packet still kept; equals `next` when there is none. */
  readonly oldest: number;
  /** Sequence that the next packet will have. */
  readonly next: number;
  /** Whether appending so many bytes would let the oldest packet go. */
  wouldEvict(bytes: number): boolean;
  /** Adds a packet whose sequence is `next`; lets the oldest go where the bound is reached. */
  append(packet: LoggedPacket): void;
  /** The packet of that sequence, or undefined where it is not kept. */
  get(sequence: number): LoggedPacket | undefined;
}
