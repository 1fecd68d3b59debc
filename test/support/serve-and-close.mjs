// A process that serves, is subscribed to, closes its server and must then end by itself: nothing may keep it alive.
import { TokenStream, connect, startServer } from 'framenest';

const side = 96;
const timebase = { num: 1, den: 25 };
const makeSource = (live, count) => ({
  facts: { input: 'made', decoder: 'libav', timebase, width: side, height: side, codec: 'rawvideo', live },
  counts: { decoded: 0, discarded: 0, skipped: 0 },
  async *frames(signal) {
    for (let index = 0; index < count && !signal.aborted; index++) {
      if (live) await new Promise((resolve) => setTimeout(resolve, 1));
      const data = new Uint8Array(side * side * 3).fill(index % 256);
      yield { index, pts: BigInt(index), timebase, keyframe: true, width: side, height: side, data, droppedBefore: 0 };
    }
  },
  recycle: () => undefined,
  close: () => Promise.resolve(),
});
const encoder = {
  facts: {
    name: 'grey',
    inputSide: side,
    resize: 'stretch',
    padColor: [0, 0, 0],
    gridSide: 24,
    channels: 1,
    stage: 'pre',
    digest: 'sha256:grey',
  },
  device: 'cpu',
  encode: (rgb) => Promise.resolve({ side: 24, channels: 1, data: Float32Array.from({ length: 576 }, () => rgb[0]) }),
  dispose: () => Promise.resolve(),
};
const options = { policy: 'fixed:1' };
const streams = [
  new TokenStream({ name: 'camera', source: makeSource(true, Infinity), encoder, options }),
  new TokenStream({ name: 'file', source: makeSource(false, Infinity), encoder, options }),
  new TokenStream({ name: 'unread', source: makeSource(false, Infinity), encoder, options }),
];
const server = await startServer({ host: '127.0.0.1', port: 0, streams, name: 'test' });
const client = await connect(server.url, { reconnect: false });
const reads = ['camera', 'file'].map(async (name) => {
  for await (const item of client.subscribe(name, { window: 4 })) if (item.type === 'packet') return;
});
await Promise.all(reads);
// Its loop never takes a second item: no credit is left when the server goes.
const stuck = client.subscribe('camera', { window: 1 });
await stuck.next();
await server.close();
console.log('closed');
