import type { Bending, Message } from '../bent-proxy.ts';
import { say, tell, telling } from './bending.ts';
import type { BrokenRule } from './bending.ts';

/** Of subscriptions and credit. */
export const creditRules: Record<string, BrokenRule> = {
  'subscribes twice': {
    fails: ['refuses a second subscription to a stream and goes on with the first'],
    bend: (ends) => {
      const left = new Set<unknown>();
      const taken = new Map<unknown, Message>();
      return {
        said: (text, { type, stream }) => {
          if (type === 'unsubscribe') left.add(stream);
          const first = taken.get(stream);
          if (type !== 'subscribe' || !first || left.has(stream)) return [text];
          tell(ends, first);
          return [];
        },
        ...telling('subscribed', (message) => {
          taken.set(message['stream'], message);
          return [message];
        }),
      };
    },
  },
  'goes on after unsubscribe': {
    fails: ['sends nothing of a stream after unsubscribe'],
    bend: () => {
      let granted = false;
      return {
        said: (text, { type }) => {
          granted ||= type === 'credit';
          return granted && type === 'unsubscribe' ? [] : [text];
        },
      };
    },
  },
  'forgets who unsubscribed for ever': {
    fails: ['can be followed again after unsubscribe'],
    bend: () => {
      const left = new Set<unknown>();
      return {
        said: (text, { type, stream }) => {
          if (type === 'unsubscribe') left.add(stream);
          return type === 'subscribe' && left.has(stream) ? [] : [text];
        },
      };
    },
  },
  'sends a packet without credit': {
    fails: ['sends nothing without credit'],
    bend: (ends) => {
      let granted = false;
      let stream: unknown;
      return {
        said: (text, message) => {
          granted ||= message.type === 'credit';
          if (message.type === 'subscribe') stream = message['stream'];
          if (message.type === 'ping' && !granted && stream !== undefined) {
            say(ends, { type: 'credit', stream, packets: 1 });
          }
          return [text];
        },
      };
    },
  },
  'grants one more': {
    fails: ['sends as many packets as were granted and no more'],
    bend: () => ({
      said: (text, message) => {
        const packets = message['packets'];
        return Number.isInteger(packets) && Number(packets) > 0
          ? [{ ...message, packets: Number(packets) + 1 }]
          : [text];
      },
    }),
  },
  'counts no bytes': {
    fails: ['credit by bytes is overdrawn by at most one packet'],
    bend: () => counting('bytes'),
  },
  'counts no tokens': {
    fails: ['credit by tokens is overdrawn by at most one packet'],
    bend: () => counting('tokens'),
  },
  'has one credit for all streams': {
    fails: ['counts the credit of each stream by itself'],
    bend: () => {
      const streams = new Set<unknown>();
      return {
        said: (text, message) => {
          if (message.type === 'subscribe') streams.add(message['stream']);
          if (message.type !== 'credit' || streams.size < 2) return [text];
          return [...streams].map((stream) => ({ ...message, stream }));
        },
      };
    },
  },
};

/** A server that takes credit by one kind for plenty of packets. */
function counting(kind: string): Bending {
  return {
    said: (text, message) => {
      if (!(kind in message)) return [text];
      return [{ type: 'credit', stream: message['stream'], packets: 1000 }];
    },
  };
}
