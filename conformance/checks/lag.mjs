import { must, needs } from '../outcome.mjs';
import { tokensOf } from '../raw-packet.mjs';

export const group = 'lag';

/** Packets that a subscriber falls behind, and how long they may take to come, milliseconds. */
const BEHIND = 72;
const PATIENCE_MS = 6_000;

/** Packets of a subscription, each with the ceiling that demoted had told before it, if any. */
function ceilings({ got }, stream) {
  let ceiling;
  const found = [];
  for (const { message, packet } of got) {
    if (message?.type === 'demoted' && message.stream === stream) ceiling = message.maxScale;
    else if (packet) found.push({ packet, ceiling });
  }
  return found;
}

export const checks = [
  {
    name: 'demoted is said before a coarser packet of a subscriber that fell behind',
    rule: 'demoted: from now on frames of at most maxScale tokens; nothing is made coarser without it.',
    async run(site) {
      needs(site.stream.live, 'the stream is not live');
      const ahead = await site.follow({ from: 'live' });
      const { peer, stream } = await site.follow({ from: 'live' });
      ahead.peer.say({ type: 'credit', stream, packets: 4 * BEHIND });
      // Keeps up at first: who never did reads the past, and is behind by choice.
      peer.say({ type: 'credit', stream, packets: 2 });
      await peer.wait(() => peer.packets.length >= 2, PATIENCE_MS / 4);
      await ahead.peer.wait(() => ahead.peer.packets.length >= BEHIND, PATIENCE_MS);
      peer.say({ type: 'credit', stream, packets: BEHIND });
      await peer.wait(() => peer.packets.length >= BEHIND, PATIENCE_MS / 4);
      const own = new Map(ahead.peer.packets.map((packet) => [packet.sequence, tokensOf(packet)]));
      const got = ceilings(peer, stream);
      needs(got.length > 0, 'nothing came to the slow subscriber');
      for (const { packet, ceiling } of got) {
        const tokens = tokensOf(packet);
        const coarser = tokens < (own.get(packet.sequence) ?? 0);
        must(!coarser || ceiling !== undefined, `packet ${packet.sequence} came coarser, and nothing said so`);
        must(ceiling === undefined || site.stream.ladder.includes(ceiling), `demoted to ${ceiling} tokens, no scale`);
        must(tokens <= (ceiling ?? tokens), `packet ${packet.sequence}: ${tokens} tokens, demoted to ${ceiling}`);
      }
      needs(peer.all('demoted', stream).length > 0, 'the server demoted nobody who was slow for so short a time');
      return `demoted ${peer.all('demoted', stream).length} times, each packet within it`;
    },
  },
];
