import { must, needs } from '../outcome.mjs';

export const group = 'events';

export const checks = [
  {
    name: 'listen is answered by listening, for all streams and for one',
    rule: 'listening is the answer to listen. A new listen takes the place of an earlier one.',
    async run(site) {
      const peer = await site.open();
      peer.say({ type: 'listen' });
      await peer.first('listening');
      peer.say({ type: 'listen', streams: [site.stream.name] });
      await peer.until(() => peer.all('listening').length === 2, 'second `listening`');
      return 'listening, twice';
    },
  },
  {
    name: 'tells no events to who does not listen, nor after unlisten',
    rule: 'Events come to who listens, from then on, until unlisten.',
    async run(site) {
      const [deaf, left] = [await site.open(), await site.open()];
      left.say({ type: 'listen' });
      left.say({ type: 'unlisten' });
      await left.heard();
      const before = left.got.length;
      await Promise.all([site.quiet(deaf), site.quiet(left)]);
      const events = [
        ...deaf.all('event'),
        ...left.got.slice(before).filter(({ message }) => message?.type === 'event'),
      ];
      must(events.length === 0, `${events.length} events came, ${events[0]?.event} first`);
      return 'none came';
    },
  },
  {
    name: 'who listens hears first of each camera that is lost already',
    rule: 'Who listens hears what happens from then on, and first of each camera that is lost already.',
    async run(site) {
      const lost = site.welcome.streams.find(
        ({ state, live }) => live && (state === 'backing-off' || state === 'failed'),
      );
      needs(lost, 'no camera is lost');
      const peer = await site.open();
      peer.say({ type: 'listen', streams: [lost.name] });
      const { event, reason } = await peer.first('event', lost.name);
      must(event === 'lost' && reason, `the event ${event}${reason ? '' : ' without a reason'}`);
      return `${lost.name} lost: ${reason.code}`;
    },
  },
];
