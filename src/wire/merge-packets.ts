import type { Packet } from '../media/packet.ts';

/**
 * Joins packets of one frame each into one packet of many, as part files hold them. The first packet's header serves
 * all, with the part's own sequence.
 * @param packets - at least one; same stream, encoder, dtype and channels; their buffers are copied. Either all of them
 * have positions or none has.
 */
export function mergePackets(packets: readonly Packet[], sequence: number): Packet {
  const [first] = packets;
  if (!first) throw new RangeError('Nothing to merge.');
  const frames = packets.flatMap((packet) => packet.frames);
  const rows = frames.reduce((sum, frame) => sum + frame.tokens, 0);
  const tokenScale = joinAll(packets, 'tokenScale', new Float32Array(rows));
  const position = joinAll(packets, 'position', new Int32Array(rows));
  const bytes = packets.reduce((sum, packet) => sum + packet.tokens.byteLength, 0);
  return {
    header: { ...first.header, sequence },
    frames,
    dtype: first.dtype,
    channels: first.channels,
    tokens: join(
      packets.map((packet) => packet.tokens),
      new Uint8Array(bytes),
    ),
    ...(tokenScale && { tokenScale }),
    ...(position && { position }),
  };
}

/** One value per token from every packet, or nothing where no packet has them. */
function joinAll<K extends 'tokenScale' | 'position'>(
  packets: readonly Packet[],
  name: K,
  into: NonNullable<Packet[K]>,
): NonNullable<Packet[K]> | undefined {
  const pieces = packets.flatMap((packet) => packet[name] ?? []);
  if (pieces.length === 0) return undefined;
  if (pieces.length < packets.length)
    throw new RangeError(`Only ${pieces.length} of ${packets.length} packets have ${name}.`);
  return join(pieces, into);
}

function join<T extends Uint8Array | Float32Array | Int32Array>(pieces: readonly T[], into: T): T {
  let at = 0;
  for (const piece of pieces) {
    into.set(piece, at);
    at += piece.length;
  }
  return into;
}
