import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';
import type { Packet, PacketHeader, TokenDtype } from '../media/packet.ts';
import { quantize } from '../wire/quantize.ts';
import type { NestedFrame } from './records.ts';

/** What the packets of a stream share; each adds its sequence and its timebase. */
export type StreamHeader = Omit<PacketHeader, 'sequence' | 'timebase' | 'wallclockUs'> & {
  /** Stamps each packet with the time of day, for live sources. */
  readonly live: boolean;
};

/** One frame becomes one packet, numbered densely from 0, with its tokens in `dtype`. */
export function pack({ live, ...header }: StreamHeader, dtype: TokenDtype): OperatorFunction<NestedFrame, Packet> {
  return map(({ frame, change, kind, scale, channels, tokens, wire, position }, sequence): Packet => {
    const { bytes, scale: factors } = wire ?? quantize(tokens, channels, dtype);
    return {
      header: {
        ...header,
        sequence,
        timebase: frame.timebase,
        ...(live && { wallclockUs: BigInt(Date.now()) * 1000n }),
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
