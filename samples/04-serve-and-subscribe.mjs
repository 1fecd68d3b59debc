// A server and two clients in one process: the video is decoded and encoded once.
//   node samples/04-serve-and-subscribe.mjs [video]
import {
  TokenStream,
  connect,
  decodeTarget,
  dequantize,
  openEncoder,
  openSource,
  sampleClip,
  startServer,
} from 'framenest';

const encoder = await openEncoder('mobilenet-v2');
const source = await openSource(process.argv[2] ?? (await sampleClip()), decodeTarget(encoder.facts, 2));
const stream = new TokenStream({ name: 'door', source, encoder, options: {} });
const server = await startServer({ host: '127.0.0.1', port: 0, streams: [stream], name: 'sample' });

/** Follows the stream to its end; `tokens` are float32, [rows, channels]. */
async function follow(who) {
  const client = await connect(server.url);
  let rows = 0;
  let energy = 0;
  for await (const item of client.subscribe('door', { from: 'start' })) {
    if (item.type !== 'packet') continue;
    const { tokens, channels, dtype } = item.packet;
    const values = dequantize(tokens, channels, dtype);
    rows += values.length / channels;
    energy += values.reduce((sum, value) => sum + value * value, 0);
  }
  client.close();
  console.log(`${who}: ${rows} tokens, mean square ${(energy / rows).toFixed(3)}`);
}

await Promise.all([follow('first client'), follow('second client')]);
await server.close();
await encoder.dispose();
