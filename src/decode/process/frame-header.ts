import type { SourceCounts } from '../../media/frame-source.ts';
import type { Frame } from '../../media/frame.ts';

/** "FNfr": the pipe is where it should be. */
const magic = 0x464e6672;

const flags = { keyframe: 1, wallclock: 2 } as const;

/** Bytes of a header; as many pixels as it says follow. */
export const headerBytes = 60;

/** What a header says: a frame without its place among the others and its pixels, and the counts of its source. */
export interface FrameHeader {
  readonly frame: Omit<Frame, 'index' | 'data'>;
  /** When the frame was written: it is among them. */
  readonly counts: SourceCounts;
}

/**
 * Writes a header, big-endian: magic u32, bytes of pixels u32, pts i64, timebase 2 × u32, width, height, frames dropped
 * before 3 × u32, flags u32, Unix time i64 (microseconds), frames decoded, discarded, skipped 3 × u32.
 * @param into - at least {@link headerBytes} long
 */
export function writeHeader(frame: Frame, counts: SourceCounts, into: Buffer): void {
  into.writeUInt32BE(magic, 0);
  into.writeUInt32BE(frame.data.length, 4);
  into.writeBigInt64BE(frame.pts, 8);
  const words = [frame.timebase.num, frame.timebase.den, frame.width, frame.height, frame.droppedBefore];
  words.forEach((word, i) => into.writeUInt32BE(word, 16 + 4 * i));
  const wallclock = frame.wallclockUs === undefined ? 0 : flags.wallclock;
  into.writeUInt32BE((frame.keyframe ? flags.keyframe : 0) | wallclock, 36);
  into.writeBigInt64BE(frame.wallclockUs ?? 0n, 40);
  const { decoded, discarded, skipped } = counts;
  [decoded, discarded, skipped].forEach((count, i) => into.writeUInt32BE(count, 48 + 4 * i));
}

/** Reads a header. Undefined where these are no bytes of one, or it announces another frame than `side`² RGB24. */
export function readHeader(from: Buffer, side: number): FrameHeader | undefined {
  const word = (at: number): number => from.readUInt32BE(at);
  const frame = {
    pts: from.readBigInt64BE(8),
    timebase: { num: word(16), den: word(20) },
    width: word(24),
    height: word(28),
    droppedBefore: word(32),
    keyframe: (word(36) & flags.keyframe) !== 0,
    ...((word(36) & flags.wallclock) === 0 ? {} : { wallclockUs: from.readBigInt64BE(40) }),
  };
  const expected = word(0) === magic && word(4) === side * side * 3 && frame.width === side && frame.height === side;
  const counts = { decoded: word(48), discarded: word(52), skipped: word(56) };
  return expected && frame.timebase.num > 0 && frame.timebase.den > 0 ? { frame, counts } : undefined;
}
