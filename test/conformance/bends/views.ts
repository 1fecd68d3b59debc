import { subscribing, tell, telling, without } from './bending.ts';
import type { BrokenRule } from './bending.ts';

const standing = { type: 'state', stream: 'cam', state: 'live', sinceMs: 1, epoch: 0, failures: 0 };

/** Of what a subscriber may ask for. */
export const viewRules: Record<string, BrokenRule> = {
  'tells the whole ladder to everybody': {
    fails: ['subscribed tells the ladder of what will come'],
    bend: () => telling('subscribed', (message) => [{ ...message, ladder: [1, 9, 36, 144] }]),
  },
  'does not know maxScale': {
    fails: ['maxScale gives no frame with more tokens'],
    bend: () => subscribing('maxScale', ({ maxScale, ...rest }) => ({ ...rest, ...(maxScale === 1 && { maxScale }) })),
  },
  'does not know tokensPerSecond': {
    fails: ['tokensPerSecond keeps frames within it'],
    bend: without('tokensPerSecond'),
  },
  'does not know layout': { fails: ['layout uniform gives every frame whole, at one scale'], bend: without('layout') },
  'does not know dtype': { fails: ['dtype as asked'], bend: without('dtype') },
  'does not know values': { fails: ['values false gives tokens of the shape [T, 0]'], bend: without('values') },
  'does not know key': { fails: ['key: the first packet tells the whole grid'], bend: without('key') },
  'demotes in silence': {
    fails: ['demoted is said before a coarser packet of a subscriber that fell behind'],
    bend: () => telling('demoted', () => []),
  },
  'floods may come': {
    fails: ['a flood of messages is RATE_LIMITED and closed with 4429'],
    bend: () => ({ closed: (status) => (status === 4429 ? 1008 : status) }),
  },
  'answers acks of what is on no disk': {
    fails: ['ack is not answered where nothing is kept on disk'],
    bend: (ends) => ({
      said: (text, { type, stream, sequence }) => {
        if (type === 'ack') tell(ends, { type: 'acked', stream, sequence });
        return [text];
      },
    }),
  },
  'answers no listen': {
    fails: [
      'listen is answered by listening, for all streams and for one',
      'tells where the source stands after subscribed and after listening',
    ],
    bend: () => telling('listening', () => []),
  },
  'tells events to everybody': {
    fails: ['tells no events to who does not listen, nor after unlisten'],
    bend: () => telling('pong', (pong) => [{ type: 'event', stream: 'cam', event: 'cut', atMs: 1, epoch: 0 }, pong]),
  },
  'keeps where a source stands to itself': {
    fails: ['tells where the source stands after subscribed and after listening'],
    bend: () => telling('state', () => []),
  },
  'tells of a next try where there is none': {
    fails: ['tells where the source stands after subscribed and after listening'],
    bend: () => telling('state', (state) => [{ ...state, retryAtMs: 1 }]),
  },
  'tells states to everybody': {
    fails: ['tells no states to who neither listens nor is subscribed'],
    bend: () => telling('pong', (pong) => [standing, pong]),
  },
  'forgets who is lost': {
    fails: ['who listens hears first of each camera that is lost already'],
    bend: () => telling('event', () => []),
  },
};
