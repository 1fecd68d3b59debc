import { must } from '../outcome.mjs';

export const group = 'states';

/** States of a stream that came after the first message of a type. */
function statesAfter(peer, type, stream) {
  const from = peer.got.findIndex(({ message }) => message?.type === type);
  const after = from < 0 ? [] : peer.got.slice(from).flatMap(({ message }) => message ?? []);
  return after.filter((message) => message.type === 'state' && message.stream === stream);
}

/** Says this to a session of its own; the state of the stream must follow the answer. */
async function toldAfter(site, said, answer) {
  const peer = await site.open();
  const { name } = site.stream;
  peer.say(said);
  await peer.first(answer);
  const states = await peer.until(
    () => (statesAfter(peer, answer, name).length > 0 ? statesAfter(peer, answer, name) : undefined),
    `\`state\` after \`${answer}\``,
  );
  const wrong = states.find(({ state, retryAtMs }) => retryAtMs !== undefined && state !== 'backing-off');
  must(!wrong, `a next try was told of a source that is ${wrong?.state}`);
  return states[0].state;
}

export const checks = [
  {
    name: 'tells where the source stands after subscribed and after listening',
    rule: 'state comes right after subscribed and after listening, with retryAtMs while backing-off alone.',
    async run(site) {
      const { name } = site.stream;
      const subscribed = await toldAfter(site, { type: 'subscribe', stream: name }, 'subscribed');
      const listening = await toldAfter(site, { type: 'listen', streams: [name] }, 'listening');
      return `${subscribed} after subscribed, ${listening} after listening`;
    },
  },
  {
    name: 'tells no states to who neither listens nor is subscribed',
    rule: 'state is told to who listens to the stream or is subscribed to it, and to no other session.',
    async run(site) {
      const { name } = site.stream;
      const [deaf, left, elsewhere] = [await site.open(), await site.open(), await site.open()];
      for (const said of ['listen', 'unlisten', 'subscribe', 'unsubscribe']) left.say({ type: said, stream: name });
      elsewhere.say({ type: 'listen', streams: [`${name.slice(0, 100)} of another name`] });
      await Promise.all([left, elsewhere].map((peer) => peer.heard()));
      const before = left.got.length;
      await Promise.all([deaf, left, elsewhere].map((peer) => site.quiet(peer)));
      const late = left.got.slice(before).filter(({ message }) => message?.type === 'state');
      const states = [...deaf.all('state'), ...elsewhere.all('state'), ...late.map(({ message }) => message)];
      must(states.length === 0, `${states.length} states came, ${states[0]?.state} of ${states[0]?.stream} first`);
      return 'none came';
    },
  },
];
