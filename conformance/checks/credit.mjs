import { must, needs } from '../outcome.mjs';
import { tokensOf } from '../raw-packet.mjs';

export const group = 'credit';

/**
 * Grants an amount that some packets are sure to be over, and sees that all that came, but for the last packet, is below
 * it: what is overdrawn is at most one packet.
 */
async function overdrawn(site, kind, cost) {
  const { packets } = await site.take({ from: 'start' }, 4, { atLeast: 4 });
  const granted = cost(packets[0]) + 1;
  const { peer, stream } = await site.follow({ from: 'start' });
  peer.say({ type: 'credit', stream, [kind]: granted });
  await peer.until(() => peer.packets.length > 0, `packet for ${granted} ${kind}`);
  await site.quiet(peer);
  const sent = peer.packets.map(cost);
  const before = sent.slice(0, -1).reduce((sum, each) => sum + each, 0);
  must(before < granted, `${sent.length} packets of ${sent.slice(0, 9).join(', ')} ${kind} on a credit of ${granted}`);
  return `a credit of ${granted} ${kind} brought ${sent.length} packets of ${sent.join(', ')}`;
}

const overdraw =
  'A packet goes out while there is credit left of each kind granted, so one packet at most overdraws it.';

export const checks = [
  {
    name: 'sends nothing without credit',
    rule: 'Nothing is sent without credit.',
    async run(site) {
      await site.take({ from: 'start' }, 1);
      const { peer } = await site.follow({ from: 'start' });
      await site.quiet(peer);
      must(peer.packets.length === 0, `${peer.packets.length} packets came without any`);
      return 'there was a packet to send, and it was not';
    },
  },
  {
    name: 'sends as many packets as were granted and no more',
    rule: 'A packet costs one credit. Credit adds up.',
    async run(site) {
      await site.take({ from: 'start' }, 5, { atLeast: 5 });
      const { peer, stream } = await site.follow({ from: 'start' });
      for (const [packets, total] of [
        [1, 1],
        [3, 4],
      ]) {
        peer.say({ type: 'credit', stream, packets });
        await peer.wait(() => peer.packets.length >= total, 3_000);
        await site.quiet(peer);
        must(peer.packets.length === total, `${peer.packets.length} packets on a credit of ${total}`);
      }
      return '1, then 3 more';
    },
  },
  {
    name: 'credit by bytes is overdrawn by at most one packet',
    rule: overdraw,
    run: (site) => overdrawn(site, 'bytes', ({ bytes }) => bytes.length),
  },
  {
    name: 'credit by tokens is overdrawn by at most one packet',
    rule: overdraw,
    run: (site) => overdrawn(site, 'tokens', tokensOf),
  },
  {
    name: 'counts the credit of each stream by itself',
    rule: 'credit names the stream that it is for.',
    async run(site) {
      const other = site.welcome.streams.find(({ name }) => name !== site.stream.name);
      needs(other, 'the server has one stream only');
      await site.take({ from: 'start' }, 1);
      const { peer } = await site.follow({ from: 'start' });
      await site.follow({ from: 'start' }, { peer, stream: other.name });
      peer.say({ type: 'credit', stream: other.name, packets: 100 });
      await site.quiet(peer);
      const foreign = peer.packets.filter(({ metadata }) => metadata.stream === site.stream.name);
      must(foreign.length === 0, `${foreign.length} packets on the credit of "${other.name}"`);
      return 'credit of another stream brought nothing';
    },
  },
];
