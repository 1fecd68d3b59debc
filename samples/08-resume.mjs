// A client that loses its connection in the middle of a stream, and misses nothing: it connects again by itself and goes
// on with the first packet that it had not received. What it is done with is acknowledged.
//   node samples/08-resume.mjs [video]
import { createServer, connect as dial } from 'node:net';
import { TokenStream, connect, decodeTarget, openEncoder, openSource, sampleClip, startServer } from 'framenest';

const encoder = await openEncoder('mobilenet-v2');
const source = await openSource(process.argv[2] ?? (await sampleClip()), decodeTarget(encoder.facts, 2));
const stream = new TokenStream({ name: 'door', source, encoder, options: {} });
const server = await startServer({ host: '127.0.0.1', port: 0, streams: [stream], name: 'sample' });

// A network that can be cut.
const sockets = new Set();
const network = createServer((near) => {
  const far = dial(Number(new URL(server.url).port), '127.0.0.1');
  for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
  near.pipe(far).pipe(near);
});
await new Promise((resolve) => network.listen(0, '127.0.0.1', resolve));
const cut = () => sockets.forEach((socket) => socket.resetAndDestroy());

const client = await connect(`ws://127.0.0.1:${network.address().port}`, {
  // A server that wants a token: token: process.env.FRAMENEST_TOKEN,
  reconnect: { firstMs: 50, mostMs: 5_000 },
  onState: ({ state, error }) => console.log(error ? `${state}: ${error.code}` : state),
});

let next = 0;
for await (const item of client.subscribe('door', { from: 'start', window: 4, ack: 'taken' })) {
  if (item.type === 'gap') console.log(`packets ${item.from} to ${item.to} are gone (${item.reason})`);
  if (item.type !== 'packet') continue;
  if (item.packet.header.sequence !== next++) throw new Error('This never happens.');
  if (next % 5 === 0) cut();
}
console.log(`${next} packets, each one once and in order`);
client.close();
network.close();
await server.close();
await encoder.dispose();
