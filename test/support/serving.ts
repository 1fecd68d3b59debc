import { PacketRing } from '#dist/log/packet-ring.js';
import { startServer } from '#dist/server/server.js';
import type { RunningServer, ServerOptions } from '#dist/server/server.js';
import { TokenStream } from '#dist/server/token-stream.js';
import type { TokenStreamParts } from '#dist/server/stream-parts.js';
import { onTestFinished } from 'vitest';
import { PaintedSource } from './painted-source.ts';
import type { Painting } from './painted-source.ts';
import { PatchMeanEncoder } from './patch-mean-encoder.ts';
import { solid } from './picture.ts';

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
