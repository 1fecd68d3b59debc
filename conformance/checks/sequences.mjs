import { must, needs } from '../outcome.mjs';
import { beginning, walk } from '../walk.mjs';

export const group = 'sequences';

/** Packets that most checks look at. */
const SOME = 24;

/** Waits for the first packet or gap of a subscription, and tells its sequence. */
async function firstOf({ peer, stream }) {
  peer.say({ type: 'credit', stream, packets: 1 });
  await peer.wait(() => beginning(peer, stream) !== undefined || peer.all('end', stream).length > 0, 3_000);
  const first = beginning(peer, stream);
  needs(first !== undefined, `the stream gave nothing more; ${peer.story()}`);
  return first;
}

/** A packet that the stream still keeps, some way from its start. */
async function kept(site) {
  const { packets } = await site.take({ from: 'start' }, SOME, { atLeast: 2 });
  return packets.at(-1);
}

export const checks = [
  {
    name: 'sequences are dense, every hole is announced by a gap',
    rule: 'Sequences are dense, one packet a frame. A missing number is always announced by a gap.',
    async run(site) {
      const { peer, stream, subscribed } = await site.take({ from: 'start' }, 2 * SOME, { ms: 3_000 });
      const { packets, missing } = walk(peer, stream, subscribed.next);
      return `${packets} packets, ${missing} announced as gone`;
    },
  },
  {
    name: 'subscribed tells what comes next',
    rule: 'next of subscribed is the sequence of what comes first.',
    async run(site) {
      const followed = await site.follow({ from: 'live' });
      const first = await firstOf(followed);
      must(first === followed.subscribed.next, `subscribed said ${followed.subscribed.next}, ${first} came`);
      return `${first} was said, and came`;
    },
  },
  {
    name: 'resume from N gives N',
    rule: 'subscribe from: N replays from packet N on; where it is kept no more, a gap from N says so.',
    async run(site) {
      const { sequence } = await kept(site);
      const followed = await site.follow({ from: sequence });
      must(followed.subscribed.next === sequence, `next: ${followed.subscribed.next} for from: ${sequence}`);
      const first = await firstOf(followed);
      must(first === sequence, `${first} came for from: ${sequence}`);
      return `asked for ${sequence}, got it`;
    },
  },
  {
    name: 'a replay of a sequence has the same bytes',
    rule: 'A packet never changes: replayed to whomever asks the same way, it has the same bytes.',
    async run(site) {
      const old = await kept(site);
      const { packets } = await site.take({ from: old.sequence }, 1);
      needs(packets[0].sequence === old.sequence, `packet ${old.sequence} is kept no more`);
      must(packets[0].bytes.equals(old.bytes), `packet ${old.sequence} has other bytes than before`);
      return `packet ${old.sequence}, ${old.bytes.length} bytes, twice the same`;
    },
  },
  {
    name: 'resume from a time gives the first packet made from then on',
    rule: 'subscribe from: {atMs}: the first packet that was made at or after that Unix time.',
    async run(site) {
      const { packets } = await site.take({ from: 'start' }, SOME, { atLeast: 3 });
      needs(packets[0].atMs !== undefined, 'packets of a file do not tell when they were made');
      // Newer than the one before it: two packets of one millisecond would leave open which of them is the first.
      const at = packets.findLastIndex(({ atMs }, i) => i > 0 && atMs > packets[i - 1].atMs);
      needs(at > 0, 'all packets were made in one millisecond');
      const { peer, subscribed } = await site.take({ from: { atMs: packets[at].atMs } }, 1);
      needs(peer.all('gap').length === 0, 'it is kept no more');
      must(subscribed.next === packets[at].sequence, `next: ${subscribed.next}, expected ${packets[at].sequence}`);
      return `the time of packet ${packets[at].sequence} gave that packet`;
    },
  },
  {
    name: 'a subscriber that lags more than maxLag hears of it in a gap',
    rule: 'maxLag: where more packets than this wait, the oldest are let go, with a gap whose reason is slow.',
    async run(site) {
      needs(site.stream.live, 'the stream is not live');
      const watch = await site.follow({ from: 'live' });
      const { peer, stream, subscribed } = await site.follow({ from: 'live', maxLag: 2 });
      watch.peer.say({ type: 'credit', stream, packets: 12 });
      await watch.peer.wait(() => watch.peer.packets.length >= 12, 4_000);
      needs(watch.peer.packets.length >= 6, `${watch.peer.packets.length} packets in 4 s`);
      peer.say({ type: 'credit', stream, packets: 4 });
      await peer.until(() => peer.packets.length > 0, 'packet');
      walk(peer, stream, subscribed.next);
      const [gap] = peer.all('gap', stream);
      must(gap?.reason === 'slow', gap ? `a gap whose reason is ${gap.reason}` : 'every packet that had waited came');
      return `gap ${gap.from} … ${gap.to}, slow`;
    },
  },
  {
    name: 'a stream that is over ends with its totals, without credit',
    rule: 'end follows the last packet, with totals of the stream. It needs no credit.',
    async run(site) {
      needs(!site.stream.live, 'the stream is live');
      const { peer, packets, stream, subscribed } = await site.take({ from: 'start' }, 500, { ms: 4_000 });
      needs(peer.all('end').length > 0, 'it goes on for more than 500 packets, or 4 s');
      const last = packets.at(-1).sequence;
      const again = await site.follow({ from: last });
      again.peer.say({ type: 'credit', stream, packets: 1 });
      const end = await again.peer.first('end', stream);
      must(again.peer.packets.length === 1, `${again.peer.packets.length} packets before it`);
      must(end.packets >= packets.length, `it tells of ${end.packets} packets, ${packets.length} came`);
      await again.peer.heard();
      const after = again.peer.got.findIndex(({ message }) => message === end) + 1;
      const more = again.peer.got.slice(after).find(({ packet, message }) => packet || message.stream === stream);
      must(!more, 'more of the stream came after it');
      return `${end.packets} packets; ${packets.length} came from ${subscribed.next} on`;
    },
  },
];
