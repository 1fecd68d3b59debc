import { must, needs } from '../outcome.mjs';

export const group = 'whole run';

/** Pings at most that are sent as fast as the socket takes them. */
const FLOOD = 20_000;

export const checks = [
  {
    name: 'every message of the run is as docs/asyncapi.yaml has it',
    rule: 'docs/asyncapi.yaml has a JSON Schema for each message.',
    run(site) {
      const { seen, complaints } = site.watch;
      const [[type, complaint] = []] = complaints;
      must(complaints.size === 0, `${type}: ${complaint}`);
      return `${[...seen].sort().join(', ')}`;
    },
  },
  {
    name: 'a flood of messages is RATE_LIMITED and closed with 4429',
    rule: 'limits.messagesPerSecond of welcome; who sends many more is told RATE_LIMITED and closed with 4429.',
    async run(site) {
      const { messagesPerSecond: rate } = site.welcome.limits;
      needs(rate !== undefined, 'welcome tells no limits.messagesPerSecond');
      needs(rate * 20 <= FLOOD, `a flood over ${rate} messages a second is more than the kit sends`);
      const peer = await site.open();
      for (let i = 0; i < rate * 20; i++) peer.say({ type: 'ping' });
      const { status } = await peer.end();
      must(status === 4429, `close ${status}`);
      must(peer.all('error').at(-1)?.code === 'RATE_LIMITED', 'no error RATE_LIMITED before the close');
      return `closed after ${peer.all('pong').length} pongs`;
    },
  },
];
