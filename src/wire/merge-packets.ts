import type { Packet } from '../media/packet.ts';

/**
 * Joins packets of one frame each into one packet of many, as part files hold them. The first packet's header serves
 * all, with the part's own sequence.
 * @param packets - at least one; same stream, encoder, dtype and channels; their buffers are copied
 */
export function mergePackets(packets: readonly Packet[], sequence: number): Packet {
  const [first] = packets;
  if (!first) throw new RangeError('Nothing to merge.');
  const rows = packets.flatMap((packet) => packet.frames).reduce((sum, frame) => sum + frame.tokens, 0);
  const scales = packets.flatMap((packet) => (packet.tokenScale ? [packet.tokenScale] : []));
  const tokenScale = scales.length > 0 ? new Float32Array(rows) : undefined;
  join(scales, tokenScale);
  const tokens = new Uint8Array(packets.reduce((sum, packet) => sum + packet.tokens.byteLength, 0));
  join(
    packets.map((packet) => packet.tokens),
    tokens,
  );
  return {
    header: { ...first.header, sequence },
    frames: packets.flatMap((packet) => packet.frames),
    dtype: first.dtype,
    channels: first.channels,
    tokens,
    ...(tokenScale && { tokenScale }),
  };
}

function join<T extends Uint8Array | Float32Array>(pieces: readonly T[], into: T | undefined): void {
  let at = 0;
  for (const piece of pieces) {
    into?.set(piece, at);
    at += piece.length;
  }
}
