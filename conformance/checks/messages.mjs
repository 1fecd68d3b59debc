import { must } from '../outcome.mjs';

export const group = 'messages';

/** Says one thing to a session of its own, which must be refused in words and closed. */
async function refused(site, said, code, status) {
  const peer = await site.open();
  peer.say(said);
  const end = await peer.end();
  const [error] = peer.all('error');
  must(error?.code === code, `${error ? `error ${error.code}` : 'no error'}, then close ${end.status}`);
  must(error.stream === undefined, `an error that concerns the stream "${error.stream}" alone`);
  must(end.status === status && end.reason === code, `error ${code}, then close ${end.status} "${end.reason}"`);
}

/** A ping of so many bytes. */
function longPing(bytes) {
  const empty = JSON.stringify({ type: 'ping', padding: '' });
  return JSON.stringify({ type: 'ping', padding: 'x'.repeat(bytes - empty.length) });
}

const malformed = 'A malformed message is answered by error and a close with the code’s status, the code as reason.';

export const checks = [
  {
    name: 'answers ping with pong',
    rule: 'pong is the answer to ping.',
    async run(site) {
      const peer = await site.open();
      await site.quiet(peer);
      const pongs = peer.all('pong').length;
      must(pongs === peer.pings, `${pongs} pongs for ${peer.pings} pings`);
      return `one pong for each of ${pongs} pings`;
    },
  },
  {
    name: 'ignores unknown fields',
    rule: 'Unknown fields are ignored.',
    async run(site) {
      const peer = await site.open();
      peer.say({ type: 'ping', conformance: { deep: [1] } });
      await peer.first('pong');
      await site.follow({ conformance: 1 }, { peer });
      return 'pong and subscribed all the same';
    },
  },
  {
    name: 'reads a message that comes in fragments',
    rule: 'RFC 6455: a message may be sent in fragments.',
    async run(site) {
      const peer = await site.open();
      peer.say('{"type":', { fin: false });
      peer.say('"ping"}');
      await peer.first('pong');
      return 'pong';
    },
  },
  {
    name: 'refuses malformed JSON with PROTOCOL_VIOLATION and close 4400',
    rule: malformed,
    async run(site) {
      await refused(site, '{"type":', 'PROTOCOL_VIOLATION', 4400);
      return 'error PROTOCOL_VIOLATION, close 4400';
    },
  },
  {
    name: 'refuses an unknown type with PROTOCOL_VIOLATION and close 4400',
    rule: malformed,
    async run(site) {
      await refused(site, { type: 'conformance' }, 'PROTOCOL_VIOLATION', 4400);
      return 'error PROTOCOL_VIOLATION, close 4400';
    },
  },
  {
    name: 'refuses a binary message with PROTOCOL_VIOLATION and close 4400',
    rule: 'Clients send text frames only. ' + malformed,
    async run(site) {
      await refused(site, Buffer.from('{"type":"ping"}'), 'PROTOCOL_VIOLATION', 4400);
      return 'error PROTOCOL_VIOLATION, close 4400';
    },
  },
  {
    name: 'refuses a credit of 0, of −1, of 1.5 and of nothing',
    rule: 'Credit is a whole number from 1 on, of packets, bytes or tokens. ' + malformed,
    async run(site) {
      for (const credit of [{ packets: 0 }, { packets: -1 }, { packets: 1.5 }, {}]) {
        const said = { type: 'credit', stream: site.stream.name, ...credit };
        await refused(site, said, 'PROTOCOL_VIOLATION', 4400);
      }
      return 'error PROTOCOL_VIOLATION, close 4400 for each';
    },
  },
  {
    name: 'reads a message of exactly the longest size',
    rule: 'welcome tells in limits.messageBytes the longest control message.',
    async run(site) {
      const peer = await site.open();
      const { messageBytes } = site.welcome.limits;
      peer.say(longPing(messageBytes));
      await peer.first('pong');
      return `pong to a ping of ${messageBytes} bytes`;
    },
  },
  {
    name: 'refuses an oversized message with WIRE_LIMIT and close 1009',
    rule: 'A message longer than the limit is answered by error WIRE_LIMIT and a close with 1009.',
    async run(site) {
      const bytes = site.welcome.limits.messageBytes + 1;
      await refused(site, longPing(bytes), 'WIRE_LIMIT', 1009);
      return `error WIRE_LIMIT, close 1009 for ${bytes} bytes`;
    },
  },
  {
    name: 'closes at a message far above the limit',
    rule: 'A message of more than 64 KiB is answered by the close with 1009 alone.',
    async run(site) {
      const peer = await site.open();
      peer.say(longPing(1 << 17));
      const { status } = await peer.end();
      must(status === 1009, `close ${status}`);
      return 'close 1009 for 128 KiB';
    },
  },
];
