import { must, needs } from '../outcome.mjs';

export const group = 'log';

export const checks = [
  {
    name: 'ack is answered by acked on a durable stream',
    rule: 'acked: everything up to this sequence is on the disk of the server.',
    async run(site) {
      needs(site.stream.durable, 'the stream is not durable');
      const { peer, stream, packets } = await site.take({ from: 'start' }, 8);
      const { sequence } = packets.at(-1);
      peer.say({ type: 'ack', stream, sequence });
      const acked = await peer.first('acked', stream);
      must(acked.sequence >= sequence, `acked ${acked.sequence} for an ack of ${sequence}`);
      return `acked ${acked.sequence}`;
    },
  },
  {
    name: 'ack is not answered where nothing is kept on disk',
    rule: 'A stream that is not durable answers no ack; the session goes on.',
    async run(site) {
      needs(!site.stream.durable, 'the stream is durable');
      const { peer, stream, packets } = await site.take({ from: 'start' }, 1);
      peer.say({ type: 'ack', stream, sequence: packets[0].sequence });
      await site.quiet(peer);
      must(peer.all('acked').length === 0, 'acked came, and nothing is on a disk');
      return 'no answer, then pong';
    },
  },
];
