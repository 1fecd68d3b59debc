import { PacketRing } from '#dist/log/packet-ring.js';
import { startServer } from '#dist/server/server.js';
import type { RunningServer, ServerOptions } from '#dist/server/server.js';
import { TokenStream } from '#dist/server/token-stream.js';
import type { TokenStreamParts } from '#dist/server/stream-parts.js';
import { Camera } from '#dist/pipeline/camera.js';
import type { CameraOptions } from '#dist/pipeline/camera.js';
import { onTestFinished } from 'vitest';
import { PaintedSource } from './painted-source.ts';
import type { Painting } from './painted-source.ts';
import { PatchMeanEncoder } from './patch-mean-encoder.ts';
import { scenery, solid } from './picture.ts';
import { AT_ONCE, Script } from './scripted-camera.ts';
import type { Try } from './scripted-camera.ts';

const SIDE = 96;

/** A stream and what it is made of. */
export interface LightStream {
  readonly stream: TokenStream;
  readonly source: PaintedSource;
  readonly encoder: PatchMeanEncoder;
}

/**
 * A stream that costs next to nothing: frames of one colour each, another in every frame, at 9 tokens a frame.
 * @param kept - packets that its log keeps; 1,024 where it is left out
 */
export function lightStream(
  name: string,
  painting: Partial<Painting> = {},
  {
    kept,
    encoder = new PatchMeanEncoder({ side: SIDE }),
    ...parts
  }: Partial<TokenStreamParts> & {
    kept?: number;
    encoder?: PatchMeanEncoder;
  } = {},
): LightStream {
  const source = new PaintedSource({ count: 10, paint: (i) => solid(SIDE, [i % 256, 50, 200]), ...painting });
  const log = kept === undefined ? {} : { log: new PacketRing({ packets: kept, bytes: 1 << 30 }) };
  const stream = new TokenStream({ name, source, encoder, options: { policy: 'fixed:9' }, ...log, ...parts });
  return { stream, source, encoder };
}

/** A file of two scenes in which nothing else happens: frame 20 of its 30 is a cut. */
export function cutStream(name: string, painting: Partial<Painting> = {}): LightStream {
  const [day, night] = [scenery(SIDE, 1), scenery(SIDE, 2)];
  return lightStream(name, { count: 30, paint: (i) => (i < 20 ? day : night), ...painting }, { options: {} });
}

/** A stream of a camera, and the script of its connections. */
export interface CameraStream {
  readonly stream: TokenStream;
  readonly camera: Camera;
  readonly script: Script;
}

/** A stream of a camera that is opened again at once whenever it is lost. It starts at once, at 9 tokens a frame. */
export function cameraStream(
  name: string,
  tries: readonly Try[],
  { camera: kept = {}, ...parts }: Partial<TokenStreamParts> & { camera?: Partial<CameraOptions> } = {},
): CameraStream {
  const script = new Script(tries, SIDE);
  const camera = new Camera({ open: script.open, stallS: 3600, retry: AT_ONCE, ...kept });
  const encoder = new PatchMeanEncoder({ side: SIDE });
  const stream = new TokenStream({ name, source: camera, encoder, options: { policy: 'fixed:9' }, ...parts });
  onTestFinished(() => stream.close());
  return { stream, camera, script };
}

/** A server on a free port of this machine, closed when the test ends. */
export async function serve(
  streams: readonly (LightStream | TokenStream)[],
  options: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    name: 'test',
    streams: streams.map((each) => (each instanceof TokenStream ? each : each.stream)),
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}
