// A camera that is watched for events alone: no tokens travel. The input is played as if it were live.
//   node samples/07-camera-events.mjs [video]
import {
  Camera,
  TokenStream,
  connect,
  decodeTarget,
  openEncoder,
  openSource,
  sampleClip,
  startServer,
} from 'framenest';

const input = process.argv[2] ?? (await sampleClip());
const encoder = await openEncoder('mobilenet-v2');

// A camera is opened again whenever it is lost. This one may be lost once, since a file comes to its end.
const camera = new Camera({
  open: (signal) => openSource(input, decodeTarget(encoder.facts, 'native'), { live: true, isolated: true, signal }),
  retry: { attempts: 0 },
});
camera.statuses.subscribe(({ state, epoch }) => console.log(`the camera is ${state}, epoch ${epoch}`));

const stream = new TokenStream({ name: 'door', source: camera, encoder, options: { policy: 'fidelity' } });
const server = await startServer({ host: '127.0.0.1', port: 0, streams: [stream], name: 'sample' });
const client = await connect(server.url);
for await (const { event, region, reason } of client.events()) {
  console.log(event, region ? JSON.stringify(region) : (reason?.code ?? ''));
  if (event === 'lost') break;
}

const { frames, dropped, encoderRuns } = stream.counts;
console.log(`${frames} frames became packets, ${dropped} were dropped, the encoder ran ${encoderRuns} times`);
client.close();
await server.close();
await encoder.dispose();
