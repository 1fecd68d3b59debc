import { must, needs } from '../outcome.mjs';

export const group = 'connection';

export const checks = [
  {
    name: 'selects the subprotocol framenest.v1',
    rule: 'The WebSocket has the subprotocol framenest.v1.',
    async run(site) {
      const peer = await site.open({ protocols: ['other.v1', 'framenest.v1'] });
      must(peer.protocol === 'framenest.v1', `the subprotocol "${peer.protocol}"`);
      return 'offered two, framenest.v1 was taken';
    },
  },
  {
    name: 'begins with welcome',
    rule: 'welcome is the first message.',
    async run(site) {
      const { got } = await site.open();
      must(got[0].message?.type === 'welcome', 'something else came before welcome');
      const { protocol, server } = got[0].message;
      must(protocol === 'framenest.v1', `welcome names the protocol "${protocol}"`);
      return `welcome of ${server}`;
    },
  },
  {
    name: 'refuses other subprotocols with 1002',
    rule: 'A client that does not offer framenest.v1 is closed with 1002.',
    async run(site) {
      // As a header of its own: the client would close by itself where the server takes none of what it offers.
      for (const headers of [{ 'Sec-WebSocket-Protocol': 'other.v1' }, {}]) {
        const peer = await site.knock({ protocols: [], headers });
        must(!peer.refused, `HTTP ${peer.refused}`);
        const { status } = await peer.end();
        must(status === 1002, `close ${status}`);
      }
      return 'close 1002 for another one and for none';
    },
  },
  {
    name: 'does not offer compression',
    rule: 'Compression is off: tokens do not compress.',
    async run(site) {
      const { extensions } = await site.open({ perMessageDeflate: true });
      must(!extensions.includes('deflate'), `the extension ${extensions} was agreed to`);
      return 'asked for it, and got none';
    },
  },
  {
    name: 'refuses a page of another origin with 403',
    rule: 'Upgrades that carry an Origin are refused with 403, unless it is listed.',
    async run(site) {
      const { refused } = await site.knock({ origin: 'https://conformance.invalid' });
      must(refused === 403, refused ? `HTTP ${refused}` : 'the page may connect');
      return 'HTTP 403';
    },
  },
  {
    name: 'refuses a client without a token, or with a wrong one',
    rule: 'Where the server has tokens, who has none is refused: HTTP 401, or UNAUTHORIZED and a close with 4401.',
    async run(site) {
      needs(site.guarded, 'no token was given to the kit');
      for (const token of [null, 'not-the-token']) {
        const peer = await site.knock({ token });
        const status = peer.refused ?? (await peer.end()).status;
        must(status === 401 || status === 4401, `${peer.refused ? 'HTTP' : 'close'} ${status}`);
      }
      return 'both refused';
    },
  },
  {
    name: 'answers a ping frame of the WebSocket',
    rule: 'RFC 6455: a ping is answered by a pong with the same bytes.',
    async run(site) {
      const answer = await (await site.open()).pingFrame(Buffer.from('conformance'));
      must(answer.toString() === 'conformance', `a pong with ${answer.length} other bytes`);
      return 'a pong with the same bytes';
    },
  },
];
