import type { FrameKind, Packet, PacketFrame } from '../src/client/index.ts';
import type { Ladder } from '../src/media/token-scale.ts';
import { seconds } from '../src/media/timebase.ts';
import { levelOf, positionOf } from '../src/scales/scale-tree.ts';

/** What the page keeps of one frame: everything but the values of its tokens. */
export interface FrameFacts {
  readonly sequence: number;
  readonly epoch: number;
  /** Unix time of a camera's frame, presentation time of a file's; seconds. */
  readonly timeS: number;
  readonly kind: FrameKind;
  readonly scale: number;
  readonly tokens: number;
  /** 0 … 1. */
  readonly change: number;
  /** Frames let go before this one. */
  readonly dropped: number;
  /** Where its tokens stand, as on the wire; empty for a frame that says nothing new. */
  readonly positions: Int32Array;
  /** Tokens of each level, coarsest first. */
  readonly counts: Uint16Array;
}

/** The frames of a packet. Holds none of the packet's memory. */
export function frameFacts({ header, frames, position }: Packet, ladder: Ladder): FrameFacts[] {
  let row = 0;
  return frames.map((frame) => {
    const positions = position ? position.slice(row, row + frame.tokens) : uniformPositions(frame, ladder);
    row += frame.tokens;
    const { kind, scale, tokens, change, droppedBefore: dropped } = frame;
    const wallclockS = header.wallclockUs === undefined ? undefined : Number(header.wallclockUs) / 1e6;
    const timeS = wallclockS ?? seconds(frame.pts, header.timebase);
    const { sequence, epoch } = header;
    const counts = countLevels(positions, tokens, ladder);
    return { sequence, epoch, timeS, kind, scale, tokens, change, dropped, positions, counts };
  });
}

function uniformPositions({ kind, scale }: PacketFrame, { scales }: Ladder): Int32Array {
  const level = scales.findIndex(({ tokens }) => tokens === scale);
  if (kind !== 'uniform' || level < 0) return new Int32Array(0);
  return Int32Array.from({ length: scale }, (_, cell) => positionOf(level, cell));
}

function countLevels(positions: Int32Array, tokens: number, { scales }: Ladder): Uint16Array {
  const counts = new Uint16Array(scales.length);
  // A hold costs its one token, and that is as coarse as any.
  if (positions.length === 0) counts[0] = tokens;
  for (const position of positions) {
    const level = levelOf(position);
    counts[level] = (counts[level] ?? 0) + 1;
  }
  return counts;
}
