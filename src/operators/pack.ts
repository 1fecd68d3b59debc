import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { Packet, PacketHeader, TokenDtype } from '../media/packet.ts';
import { quantize } from '../wire/quantize.ts';
import type { NestedFrame } from './records.ts';

/** What the packets of a stream share; each adds its sequence, its timebase and, of a live source, its time of day. */
export type StreamHeader = Omit<PacketHeader, 'sequence' | 'timebase' | 'wallclockUs'> & {
  /** Default 0. */
  readonly firstSequence?: number;
};

/** One frame becomes one packet, numbered densely, with its tokens in `dtype`. */
export function pack(
  { firstSequence = 0, ...header }: StreamHeader,
  dtype: TokenDtype,
): OperatorFunction<NestedFrame, Packet> {
  return map(({ frame, change, kind, scale, channels, tokens, wire, position }, index): Packet => {
    const { bytes, scale: factors } = wire ?? quantize(tokens, channels, dtype);
    return {
      header: {
        ...header,
        sequence: firstSequence + index,
        timebase: frame.timebase,
        ...(frame.wallclockUs !== undefined && { wallclockUs: frame.wallclockUs }),
      },
      frames: [
        {
          pts: frame.pts,
          kind,
          scale,
          // As the wire carries it, so that a packet equals what is read from it.
          change: Math.fround(change.value),
          droppedBefore: frame.droppedBefore,
          tokens: tokens.length / channels,
        },
      ],
      dtype,
      channels,
      tokens: bytes,
      ...(factors && { tokenScale: factors }),
      ...(position && { position }),
    };
  });
}
