import { must } from './outcome.mjs';

/**
 * Goes through what a subscription got, and sees that each sequence from `next` on came once, as a packet or in a gap.
 * @param next - as `subscribed` told it
 * @returns `{packets, missing}`: how many came, and how many were announced as gone
 */
export function walk({ got }, stream, next) {
  const start = next;
  let missing = 0;
  for (const { message, packet } of got) {
    if (packet?.metadata.stream === stream) {
      const { sequence } = packet;
      must(sequence === next, `packet ${sequence} came where ${next} was due, and no gap said why`);
      next++;
    } else if (message?.type === 'gap' && message.stream === stream) {
      const { from, to, frames } = message;
      must(from === next && to >= from, `a gap ${from} … ${to} came where ${next} was due`);
      must(frames >= 0, `a gap of ${frames} frames`);
      missing += to - from + 1;
      next = to + 1;
    }
  }
  return { packets: next - start - missing, missing };
}

/** Sequence with which a subscription began: of its first packet, or of its first gap. */
export function beginning({ got }, stream) {
  for (const { message, packet } of got) {
    if (packet?.metadata.stream === stream) return packet.sequence;
    if (message?.type === 'gap' && message.stream === stream) return message.from;
  }
  return undefined;
}
