import type { Bending, Ends } from '../bent-proxy.ts';
import { offByOne, sequenceOf, withMetadata, withTensor } from '../edit-packet.ts';
import { say, subscribing, telling, without } from './bending.ts';
import type { BrokenRule } from './bending.ts';

/** Gives packet `at` to `change`; what is dropped costs the client no credit. */
function packetAt(ends: Ends, at: number, change: (bytes: Buffer) => Buffer | undefined): Bending {
  let stream: unknown;
  return {
    said: (text, message) => {
      if (message.type === 'subscribe') stream = message['stream'];
      return [text];
    },
    packet: (bytes) => {
      const changed = sequenceOf(bytes) === at ? change(bytes) : bytes;
      if (!changed) say(ends, { type: 'credit', stream, packets: 1 });
      return changed ? [changed] : [];
    },
  };
}

const dense = 'sequences are dense, every hole is announced by a gap';
const ascending = 'pts ascend strictly within an epoch, and epochs never fall';

/** Of sequences and packets. */
export const packetRules: Record<string, BrokenRule> = {
  'drops a packet in silence': { fails: [dense], bend: (ends) => packetAt(ends, 5, () => undefined) },
  'changes the order of two packets': {
    fails: [dense, ascending],
    bend: () => {
      let held: Buffer | undefined;
      return {
        packet: (bytes) => {
          if (sequenceOf(bytes) === 5) {
            held = bytes;
            return [];
          }
          const both = held ? [bytes, held] : [bytes];
          held = undefined;
          return both;
        },
      };
    },
  },
  'tells a wrong next': {
    fails: ['subscribed tells what comes next'],
    bend: () => {
      let live = false;
      return {
        said: (text, { from, maxLag }) => {
          live = from === 'live' && maxLag === undefined;
          return [text];
        },
        ...telling('subscribed', (message) => [{ ...message, next: Number(message['next']) + (live ? 1 : 0) }]),
      };
    },
  },
  'resumes one too early': {
    fails: ['resume from N gives N'],
    bend: () => ({
      said: (text, message) => {
        const { from } = message;
        return typeof from === 'number' ? [{ ...message, from: Math.max(0, from - 1) }] : [text];
      },
    }),
  },
  'alters what it replays': {
    fails: ['a replay of a sequence has the same bytes'],
    bend: () => {
      let resumed = false;
      return {
        said: (text, { from }) => {
          resumed ||= typeof from === 'number';
          return [text];
        },
        packet: (bytes) => [resumed ? withTensor(bytes, 'change', (values) => (values[0]! ^= 1)) : bytes],
      };
    },
  },
  'takes every time for the start': {
    fails: ['resume from a time gives the first packet made from then on'],
    bend: () =>
      subscribing('from', ({ from, ...rest }) => ({ ...rest, from: typeof from === 'object' ? 'start' : from })),
  },
  'lets nothing go': {
    fails: ['a subscriber that lags more than maxLag hears of it in a gap'],
    bend: without('maxLag'),
  },
  'sends no packet that parses': {
    fails: ['packets parse'],
    bend: (ends) => packetAt(ends, 3, (bytes) => withMetadata(bytes, { stage: 'mid' })),
  },
  'pads no header': {
    fails: ['packets are laid out without gaps, each tensor at a multiple of its width'],
    bend: (ends) => packetAt(ends, 3, offByOne),
  },
  'names another encoder': {
    fails: ['packets agree with the facts of their stream'],
    bend: (ends) => packetAt(ends, 3, (bytes) => withMetadata(bytes, { encoder: 'sha256:another' })),
  },
  'tells a time twice': {
    fails: [ascending],
    bend: (ends) => packetAt(ends, 3, (bytes) => withTensor(bytes, 'pts', (values) => values.fill(0))),
  },
  'sends a value that is no number': {
    fails: ['packets rebuild into grids of finite values'],
    bend: (ends) =>
      packetAt(ends, 3, (bytes) =>
        withTensor(
          bytes,
          'tokens',
          (values, dtype) => dtype === 'F16' && values.length > 1 && values.writeUInt16LE(0x7e00),
        ),
      ),
  },
};
