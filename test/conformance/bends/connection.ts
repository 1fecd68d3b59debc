import { closing, saying, telling } from './bending.ts';
import type { BrokenRule } from './bending.ts';

/** Of the connection and of single messages. */
export const connectionRules: Record<string, BrokenRule> = {
  'takes the first subprotocol, whatever it is': {
    fails: ['selects the subprotocol framenest.v1'],
    socket: { handleProtocols: (offered) => (offered.has('framenest.v1') ? [...offered][0]! : false) },
  },
  'says something before welcome': {
    fails: ['begins with welcome'],
    bend: () => telling('welcome', (message) => [{ type: 'streams', streams: message['streams'] }, message]),
  },
  'talks to who speaks no framenest.v1': {
    fails: ['refuses other subprotocols with 1002'],
    headers: (headers) => ({ ...headers, 'sec-websocket-protocol': 'framenest.v1' }),
  },
  compresses: { fails: ['does not offer compression'], socket: { perMessageDeflate: true } },
  'hides the origin': {
    fails: ['refuses a page of another origin with 403'],
    headers: (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'origin')),
  },
  'answers no ping frames': { fails: ['answers a ping frame of the WebSocket'], socket: { autoPong: false } },
  'doubles pongs': {
    fails: ['answers ping with pong'],
    bend: () => telling('pong', (message) => [message, message]),
  },
  'refuses unknown fields': {
    fails: ['ignores unknown fields'],
    bend: () => saying((message) => 'conformance' in message, ['{']),
  },
  'cannot read fragments': {
    fails: ['reads a message that comes in fragments'],
    // A text frame that is not the last of its message.
    bend: () => ({ raw: (bytes, socket) => (bytes[0]! & 0x8f) === 0x01 && socket.destroy() }),
  },
  'closes a malformed message with another status': {
    fails: ['refuses malformed JSON with PROTOCOL_VIOLATION and close 4400'],
    bend: () => {
      let malformed = false;
      return {
        said: (text) => {
          malformed = text === '{"type":';
          return [text];
        },
        closed: (status) => (malformed ? 1008 : status),
      };
    },
  },
  'takes unknown types in silence': {
    fails: ['refuses an unknown type with PROTOCOL_VIOLATION and close 4400'],
    bend: () => saying(({ type }) => type === 'conformance'),
  },
  'closes at binary messages without a word': {
    fails: ['refuses a binary message with PROTOCOL_VIOLATION and close 4400'],
    bend: ({ client }) => ({ binary: () => client.close(1003) }),
  },
  'takes a credit of nothing': {
    fails: ['refuses a credit of 0, of −1, of 1.5 and of nothing'],
    bend: () => saying(({ type, packets }) => type === 'credit' && packets === 0),
  },
  'refuses the longest message': {
    fails: ['reads a message of exactly the longest size'],
    bend: (ends) => closing(ends, (_, text) => text.length === 16_384, 1009),
  },
  'closes at an oversized message without a word': {
    fails: ['refuses an oversized message with WIRE_LIMIT and close 1009'],
    bend: (ends) => closing(ends, (_, text) => text.length === 16_385, 1009),
  },
  'closes at a huge message with another status': {
    fails: ['closes at a message far above the limit'],
    bend: (ends) => closing(ends, (_, text) => text.length > 65_536, 1008),
  },
  'closes where a stream is unknown': {
    fails: ['an unknown stream is STREAM_UNKNOWN and the session goes on'],
    bend: ({ client }) => ({
      told: (message) => {
        if (message['code'] === 'STREAM_UNKNOWN') client.close(4404);
        return [message];
      },
    }),
  },
  'says something that no schema has': {
    fails: ['every message of the run is as docs/asyncapi.yaml has it'],
    bend: () => telling('welcome', (message) => [{ ...message, server: 5 }]),
  },
};
