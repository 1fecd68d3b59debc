import { GridRebuilder, decodePacket } from 'framenest/client';
import { must } from '../outcome.mjs';

export const group = 'packets';

const SOME = 24;
const widths = { I64: 8, F64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1, U8: 1 };

/** Where a message is not laid out as docs/protocol.md says; undefined where it is. */
function crooked({ body, bytes, tensors }) {
  if (body % 8 !== 0) return `its header ends at byte ${body}`;
  let end = 0;
  const inOrder = Object.entries(tensors).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  for (const [name, { dtype, data_offsets: offsets }] of inOrder) {
    if (offsets[0] !== end && offsets[1] > offsets[0]) return `a gap before its ${name}`;
    if (offsets[0] % widths[dtype] !== 0) return `its ${name}, ${dtype}, begins at byte ${offsets[0]}`;
    end = Math.max(end, offsets[1]);
  }
  return body + end === bytes.length ? undefined : `${bytes.length - body - end} bytes after its tensors`;
}

/** Where a packet does not agree with what welcome says of its stream. */
function strange({ metadata, shape, scales, atMs }, { name, encoder, channels, ladder, live }) {
  if (metadata.stream !== name) return `it names the stream ${metadata.stream}`;
  if (metadata.encoder !== encoder) return `its encoder is ${metadata.encoder}, not ${encoder}`;
  if (shape[1] !== channels) return `it has ${shape[1]} channels, not ${channels}`;
  const foreign = scales.find((scale) => !ladder.includes(scale) && scale !== 1);
  if (foreign !== undefined) return `a scale of ${foreign} tokens, not in ${ladder.join(', ')}`;
  if (live !== (atMs !== undefined)) return live ? 'no wallclock_us in a live stream' : 'wallclock_us in a file';
  return undefined;
}

/** The first thing that `complain` says of a packet, as a failure. */
function none(packets, complain) {
  for (const packet of packets) {
    const complaint = complain(packet);
    must(complaint === undefined, `packet ${packet.sequence}: ${complaint}`);
  }
}

/** What a function throws, as words. */
function thrown(work) {
  try {
    work();
    return undefined;
  } catch (error) {
    return error.message;
  }
}

export const checks = [
  {
    name: 'packets parse',
    rule: 'One packet is one safetensors message with the tensors and metadata of the table.',
    async run(site) {
      const { peer, packets } = await site.take({ from: 'start' }, SOME);
      const garbage = peer.got.find((item) => item.garbage);
      must(!garbage, garbage?.garbage);
      none(packets, ({ bytes }) => thrown(() => decodePacket(bytes)));
      return `${packets.length} packets parse`;
    },
  },
  {
    name: 'packets are laid out without gaps, each tensor at a multiple of its width',
    rule: 'A header padded to a multiple of 8, then the tensors without gaps, each at a multiple of its width.',
    async run(site) {
      const { packets } = await site.take({ from: 'start' }, SOME);
      none(packets, crooked);
      return `${packets.length} packets are`;
    },
  },
  {
    name: 'packets agree with the facts of their stream',
    rule: 'welcome tells encoder, channels and ladder of each stream, and whether it is live.',
    async run(site) {
      const { packets } = await site.take({ from: 'start' }, SOME);
      none(packets, (packet) => strange(packet, site.stream));
      return `${packets.length} packets do`;
    },
  },
  {
    name: 'pts ascend strictly within an epoch, and epochs never fall',
    rule: 'An epoch is one connection. Within it pts ascend strictly.',
    async run(site) {
      const { packets } = await site.take({ from: 'start' }, SOME, { atLeast: 2 });
      let last = { epoch: -1, pts: 0n };
      for (const { sequence, epoch, pts } of packets) {
        must(epoch >= last.epoch, `packet ${sequence} is of epoch ${epoch}, after ${last.epoch}`);
        for (const each of pts) {
          must(epoch > last.epoch || each > last.pts, `packet ${sequence} has pts ${each} after ${last.pts}`);
          last = { epoch, pts: each };
        }
      }
      return `${packets.length} packets, epoch ${last.epoch}`;
    },
  },
  {
    name: 'packets rebuild into grids of finite values',
    rule: 'The receiver keeps a grid of the finest scale; each token counts at its position on the ladder.',
    async run(site) {
      const { packets, subscribed } = await site.take({ from: 'start' }, SOME);
      const { channels, gridSide, ladder } = site.stream;
      const rebuilder = new GridRebuilder({ channels, gridSide, ladder: subscribed.ladder ?? ladder });
      none(packets, ({ bytes }) => {
        // What does not parse is another check's.
        if (thrown(() => decodePacket(bytes)) !== undefined) return undefined;
        return thrown(() => {
          for (const { grid } of rebuilder.receive(decodePacket(bytes))) {
            if (!grid.every(Number.isFinite)) throw new Error('a value is not finite');
          }
        });
      });
      return `${packets.length} packets fit the ladder ${(subscribed.ladder ?? ladder).join(', ')}`;
    },
  },
];
