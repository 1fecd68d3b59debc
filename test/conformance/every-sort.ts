import { PacketRing } from '#dist/log/packet-ring.js';
import type { PacketLog } from '#dist/log/packet-log.js';
import { scenery, withBox } from '../support/picture.ts';
import { lightStream } from '../support/serving.ts';
import type { LightStream } from '../support/serving.ts';

/** A box that wanders over a picture in which nothing else happens: told in trees of few tokens. */
function wandering(i: number) {
  const box = { x: (i * 8) % 72, y: (i * 16) % 72, width: 24, height: 24 };
  return withBox(scenery(96, 1), box, [(i * 40) % 256, 30, 220]);
}

/** A camera that never ends, 50 frames a second, in trees. */
export function treeCamera(log: PacketLog = new PacketRing({ packets: 20_000, bytes: 1 << 30 })): LightStream {
  const options = { policy: 'fidelity', camera: false } as const;
  return lightStream('cam', { live: true, count: Infinity, everyMs: 20, paint: wandering }, { options, log });
}
