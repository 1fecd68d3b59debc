import { randomUUID } from 'node:crypto';
import { must, needs } from '../outcome.mjs';

export const group = 'subscriptions';

const concerns = 'An error with stream concerns that stream, and the session goes on.';

export const checks = [
  {
    name: 'an unknown stream is STREAM_UNKNOWN and the session goes on',
    rule: concerns,
    async run(site) {
      const peer = await site.open();
      const name = `conformance-${randomUUID()}`;
      peer.say({ type: 'subscribe', stream: name });
      const { code, stream } = await peer.first('error');
      must(code === 'STREAM_UNKNOWN' && stream === name, `error ${code} of the stream ${stream}`);
      await peer.heard();
      return 'error STREAM_UNKNOWN, then pong';
    },
  },
  {
    name: 'refuses a second subscription to a stream and goes on with the first',
    rule: 'One subscription to a stream in a session. ' + concerns,
    async run(site) {
      const { peer, stream } = await site.follow({ from: 'start' });
      peer.say({ type: 'subscribe', stream });
      await peer.first('error', stream);
      await peer.heard();
      must(peer.all('subscribed').length === 1, 'subscribed twice');
      return `error ${peer.all('error')[0].code}, then pong`;
    },
  },
  {
    name: 'sends nothing of a stream after unsubscribe',
    rule: 'unsubscribe: no more of the stream; packets on their way may still arrive.',
    async run(site) {
      const { peer, stream } = await site.take({ from: 'start' }, 1);
      peer.say({ type: 'unsubscribe', stream });
      await peer.heard();
      const before = peer.packets.length;
      peer.say({ type: 'credit', stream, packets: 100 });
      await site.quiet(peer);
      must(peer.packets.length === before, `${peer.packets.length - before} packets came on new credit`);
      return 'new credit brought nothing';
    },
  },
  {
    name: 'can be followed again after unsubscribe',
    rule: 'unsubscribe: no more of the stream, until it is subscribed again.',
    async run(site) {
      const { peer, stream } = await site.follow({ from: 'start' });
      peer.say({ type: 'unsubscribe', stream });
      peer.say({ type: 'subscribe', stream, from: 'start' });
      await peer.until(() => peer.all('subscribed', stream).length === 2, 'second `subscribed`');
      return 'subscribed again';
    },
  },
  {
    name: 'takes as many subscriptions as welcome says and refuses the next',
    rule: 'limits.subscriptions of welcome; more are SESSION_LIMIT, and the session goes on.',
    async run(site) {
      const { subscriptions: most } = site.welcome.limits;
      const names = site.welcome.streams.map(({ name }) => name).slice(0, most + 1);
      needs(names.length > most, `${most + 1} streams are needed, the server has ${names.length}`);
      const peer = await site.open();
      for (const stream of names) peer.say({ type: 'subscribe', stream });
      const answered = () => peer.all('subscribed').length + peer.all('error').length > most;
      await peer.until(answered, `answer to ${most + 1} subscriptions`);
      const [error] = peer.all('error');
      must(error?.code === 'SESSION_LIMIT', error ? `error ${error.code}` : `${most + 1} were taken`);
      must(peer.all('subscribed').length === most, `${peer.all('subscribed').length} of ${most} were taken`);
      await peer.heard();
      return `${most} taken, then SESSION_LIMIT`;
    },
  },
];
