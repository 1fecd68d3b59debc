import { must, needs } from '../outcome.mjs';
import { tokensOf } from '../raw-packet.mjs';

export const group = 'views';

const SOME = 24;
const [UNIFORM, , HOLD] = [0, 1, 2];

/** Whether a packet's first frame tells every cell of the grid, so that nothing before it is needed. */
function tellsAll({ kinds, tokens, positions }, ladder) {
  if (!positions) return kinds[0] === UNIFORM;
  const side = Math.sqrt(ladder.at(-1));
  const told = new Uint8Array(side * side);
  for (const position of positions.slice(0, tokens[0])) {
    const rows = Math.sqrt(ladder[Math.floor(position / 1024)]);
    const [index, block] = [position % 1024, side / rows];
    for (let i = 0; i < block * block; i++) {
      const row = Math.floor(index / rows) * block + Math.floor(i / block);
      told[row * side + (index % rows) * block + (i % block)] = 1;
    }
  }
  return told.every(Boolean);
}

/** Seconds of video from the first packet to the last. */
function span(packets) {
  const [num, den] = packets[0].metadata.timebase.split('/').map(Number);
  return (Number(packets.at(-1).pts.at(-1) - packets[0].pts[0]) * num) / den;
}

/** Tokens of all packets. */
function total(packets) {
  return packets.reduce((sum, packet) => sum + tokensOf(packet), 0);
}

export const checks = [
  {
    name: 'subscribed tells the ladder of what will come',
    rule: 'ladder of subscribed: tokens of each scale that this subscriber gets, coarsest first.',
    async run(site) {
      const { ladder } = (await site.follow({ maxScale: site.stream.ladder[0] })).subscribed;
      must(Array.isArray(ladder), 'no ladder');
      const whole = site.stream.ladder.slice(0, ladder.length);
      must(ladder.length > 0 && ladder.join() === whole.join(), `${ladder.join()} of ${site.stream.ladder.join()}`);
      must(
        ladder.at(-1) <= site.stream.ladder[0],
        `maxScale ${site.stream.ladder[0]} and a ladder of ${ladder.join()}`,
      );
      return `${ladder.join(', ')} for the coarsest`;
    },
  },
  {
    name: 'maxScale gives no frame with more tokens',
    rule: 'maxScale: most tokens of a scale that this subscriber wants; finer ones arrive pooled.',
    async run(site) {
      const { ladder } = site.stream;
      const { packets } = await site.take({ from: 'start' }, SOME);
      const finest = Math.max(...packets.flatMap(({ tokens }) => tokens));
      const maxScale = ladder.findLast((scale) => scale < finest) ?? ladder[0];
      const pooled = await site.take({ from: 'start', maxScale }, SOME);
      const most = Math.max(...pooled.packets.flatMap(({ tokens }) => tokens));
      must(most <= maxScale, `a frame of ${most} tokens at maxScale ${maxScale}`);
      needs(finest > maxScale, `no frame has more than the coarsest scale, ${finest} tokens`);
      return `frames up to ${finest} tokens came with at most ${most} at maxScale ${maxScale}`;
    },
  },
  {
    name: 'tokensPerSecond keeps frames within it',
    rule: 'tokensPerSecond: tokens a second of video, at most; frames get coarser to keep within it.',
    async run(site) {
      const { packets: all } = await site.take({ from: 'start' }, 4 * SOME, { atLeast: SOME, ms: 3_000 });
      const packets = all.filter(({ epoch }) => epoch === all[0].epoch);
      const seconds = span(packets);
      needs(seconds > 0, 'the packets are of one moment');
      // One token a frame is the least that a frame can be told in.
      const rate = Math.max(total(packets) / 8, packets.length) / seconds;
      // Saved up while nothing happened: two seconds' worth, and one whole frame.
      const most = Math.ceil(rate * (seconds + 2) + site.stream.ladder.at(-1));
      needs(total(packets) > most, `the stream's own ${total(packets)} tokens in ${seconds.toFixed(1)} s are too few`);
      const start = { from: packets[0].sequence, tokensPerSecond: rate };
      const { packets: ruled } = await site.take(start, packets.length, { ms: 3_000 });
      must(total(ruled) <= most, `${total(ruled)} tokens where ${most} would be much at ${rate.toFixed(0)} a second`);
      return `${total(ruled)} tokens instead of ${total(packets)}`;
    },
  },
  {
    name: 'layout uniform gives every frame whole, at one scale',
    rule: 'layout "uniform": every frame whole, at one scale.',
    async run(site) {
      const { packets: own } = await site.take({ from: 'start' }, SOME);
      const { packets } = await site.take({ from: 'start', layout: 'uniform' }, SOME);
      const odd = packets.find(({ kinds, positions }) => positions || kinds.some((k) => k !== UNIFORM && k !== HOLD));
      must(!odd, `packet ${odd?.sequence} has ${odd?.positions ? 'positions' : `a frame of kind ${odd?.kinds}`}`);
      needs(
        own.some(({ positions }) => positions),
        'every frame of the stream is uniform anyway',
      );
      return `${packets.length} packets are uniform or held`;
    },
  },
  {
    name: 'dtype as asked',
    rule: 'dtype: the number format of the tokens, F16, BF16, F32 or I8; token_scale goes with I8 only.',
    async run(site) {
      for (const dtype of ['F16', 'BF16', 'F32', 'I8']) {
        const { packets } = await site.take({ from: 'start', dtype }, 3);
        const odd = packets.find((packet) => packet.dtype !== dtype);
        must(!odd, `${odd?.dtype} came for ${dtype}`);
        const scaled = packets.filter(({ tensors }) => tensors.token_scale).length;
        must(
          scaled === (dtype === 'I8' ? packets.length : 0),
          `${scaled} of ${packets.length} ${dtype} packets scaled`,
        );
      }
      return 'F16, BF16, F32 and I8';
    },
  },
  {
    name: 'values false gives tokens of the shape [T, 0]',
    rule: 'values false: packets tell what each frame is, without the values of its tokens.',
    async run(site) {
      const { packets } = await site.take({ from: 'start', values: false }, SOME);
      const odd = packets.find((packet) => packet.shape[1] !== 0 || packet.shape[0] !== tokensOf(packet));
      must(!odd, `packet ${odd?.sequence} has tokens of the shape [${odd?.shape.join(', ')}]`);
      return `${packets.length} packets of up to ${Math.max(...packets.map(tokensOf))} tokens, without values`;
    },
  },
  {
    name: 'key: the first packet tells the whole grid',
    rule: 'key: the first packet, and the first one after each gap, tells the whole grid.',
    async run(site) {
      const { packets } = await site.take({ from: 'start' }, SOME);
      const partial = packets.findLast((packet) => !tellsAll(packet, site.stream.ladder));
      const { sequence } = partial ?? packets.at(-1);
      const { packets: keyed, subscribed } = await site.take({ from: sequence, key: true }, 1);
      const whole = tellsAll(keyed[0], subscribed.ladder ?? site.stream.ladder);
      must(whole, `packet ${keyed[0].sequence} tells only a part of the grid`);
      needs(partial, 'every packet tells the whole grid anyway');
      return `packet ${keyed[0].sequence} tells all, in ${tokensOf(keyed[0])} tokens`;
    },
  },
  {
    name: 'a query of a stream that takes none is OPTION_INVALID and the session goes on',
    rule: 'query: for streams that tell queries; of others an error with stream, and the session goes on.',
    async run(site) {
      const deaf = [site.stream, ...site.welcome.streams].find(({ queries }) => queries === false);
      needs(deaf, 'every stream takes queries, or does not say');
      const peer = await site.open();
      peer.say({ type: 'subscribe', stream: deaf.name, query: 'a door' });
      const answered = () => peer.all('error')[0] ?? peer.all('subscribed', deaf.name)[0];
      const { type, code, stream } = await peer.until(answered, 'answer to a query');
      must(type === 'error', 'subscribed');
      must(code === 'OPTION_INVALID' && stream === deaf.name, `error ${code} of the stream ${stream}`);
      await peer.heard();
      peer.say({ type: 'subscribe', stream: deaf.name });
      await peer.first('subscribed', deaf.name);
      return `error OPTION_INVALID of "${deaf.name}", then subscribed without it`;
    },
  },
  {
    name: 'query leaves fine only a part of a frame',
    rule: 'query: what has to do with it arrives fine and the rest coarse, each frame a cut of the tree.',
    async run(site) {
      needs(site.stream.queries, 'the stream takes no queries');
      const { packets: own } = await site.take({ from: 'start' }, SOME);
      const { packets } = await site.take({ from: 'start', query: 'a door' }, SOME);
      const { ladder } = site.stream;
      const most = ladder.at(-1);
      const large = packets.find((packet) => tokensOf(packet) > most);
      must(!large, `packet ${large?.sequence} has ${large && tokensOf(large)} tokens, more than the grid's ${most}`);
      const whole = own.filter((packet) => tokensOf(packet) === most).map(({ sequence }) => sequence);
      needs(whole.length > 0, `no frame comes with all of the ${most} tokens`);
      const asked = packets.filter(({ sequence }) => whole.includes(sequence));
      must(
        asked.some((packet) => tokensOf(packet) < most),
        `all of ${asked.length} frames came whole`,
      );
      return `${total(asked)} tokens instead of ${whole.length * most}`;
    },
  },
];
