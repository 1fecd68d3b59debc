import { setTimeout as sleep } from 'node:timers/promises';
import { BOUNDS } from './service.mjs';

/** Beside stall and pause: opening a camera, and a shared machine. */
const SLACK_S = 8;

/**
 * Hurts one camera after another, in turn by every fault, and notes how long each took to be back.
 * @param {number} everyS 0 for never
 */
export function faultPlan(cameras, service, everyS) {
  const suffered = [];
  const abort = new AbortController();
  const kinds = [cut, freeze, killDecoder, powerCut];
  const run = async () => {
    for (let i = 0; everyS > 0; i++) {
      await sleep(everyS * 1000, undefined, { signal: abort.signal });
      const camera = cameras.list[i % cameras.list.length];
      const fault = kinds[i % kinds.length];
      const began = Date.now();
      const before = await epochOf(service, camera.name);
      const { boundS } = await fault(camera, cameras, service);
      const back = await backAfter(service, camera.name, before, began);
      suffered.push({ fault: fault.name, camera: camera.name, backS: back, boundS: boundS + SLACK_S });
    }
  };
  const running = run().catch((error) => {
    if (error.name !== 'AbortError') throw error;
  });
  return {
    /** Ends after the fault at hand. */
    async stop() {
      abort.abort();
      await running;
      return suffered;
    },
  };
}

async function cut({ network }) {
  network.cut();
  return { boundS: BOUNDS.most };
}

/** For longer than the stall time. */
async function freeze({ network }) {
  network.freeze();
  await sleep((BOUNDS.stall + 2) * 1000);
  network.thaw();
  return { boundS: BOUNDS.stall + 2 + BOUNDS.most };
}

async function killDecoder({ name }, _, { lines }) {
  const pid = lines.findLast((line) => line.stream === name && line.msg === 'source live')?.decoderPid;
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  return { boundS: BOUNDS.most };
}

/** Of all cameras. */
async function powerCut(_, cameras) {
  await cameras.restart(3);
  return { boundS: 3 + 2 * BOUNDS.most };
}

async function epochOf({ http }, name) {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(new RegExp(`^framenest_source_epoch{stream="${name}"} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** Seconds until the camera is live in a later epoch; Infinity after a minute and a half. */
async function backAfter(service, name, before, began) {
  while (Date.now() - began < 90_000) {
    if ((await epochOf(service, name)) > before && (await service.state(name)) === 'live')
      return (Date.now() - began) / 1000;
    await sleep(100);
  }
  return Infinity;
}
