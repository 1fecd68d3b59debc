import type { Command } from 'commander';
import { connect } from '../../client/connect.ts';
import { sampleClip } from '../../jobs/sample-clip.ts';
import type { FrameSource } from '../../media/frame-source.ts';
import type { VisionEncoder } from '../../media/vision-encoder.ts';
import { startServer } from '../../server/server.ts';
import type { TokenStream } from '../../server/token-stream.ts';
import { follow } from '../follow.ts';
import { flaggedStream, openFlaggedEncoder, openFlaggedSource } from '../open-parts.ts';
import { addPipelineFlags } from '../pipeline-flags.ts';
import type { PipelineFlags } from '../pipeline-flags.ts';
import { outColors } from '../render/colors.ts';
import { totalsTable } from '../render/totals.ts';
import { stopSignal } from '../stop-signal.ts';
import { version } from '../version.ts';

const STREAM = 'demo';

/** `framenest demo`, which `npm start` runs: the main job from end to end, server and client in one process. */
export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('serve one input over a real WebSocket to our own client, and print what arrives')
    .argument('[input]', 'video file, URL or device (default: a generated clip of 20 s)');
  addPipelineFlags(command).action((input: string | undefined, flags: PipelineFlags) => demo(input, flags));
}

async function demo(input: string | undefined, flags: PipelineFlags): Promise<void> {
  const signal = stopSignal();
  const encoder = await openFlaggedEncoder(flags, signal);
  try {
    const given = input ?? (await sampleClip(sayMaking));
    const source = await openFlaggedSource(given, flags, encoder, signal);
    const stream = await flaggedStream({ name: STREAM, input: given, source, flags, encoder, signal });
    await serveAndWatch(source, encoder, stream, signal);
  } finally {
    await encoder.dispose();
  }
}

function sayMaking(): void {
  process.stderr.write('making the sample clip, on first use …\n');
}

async function serveAndWatch(
  source: FrameSource,
  encoder: VisionEncoder,
  stream: TokenStream,
  signal: AbortSignal,
): Promise<void> {
  const name = `framenest/${version}`;
  const server = await startServer({ host: '127.0.0.1', port: 0, streams: [stream], name });
  try {
    const { input, decoder, codec, width, height } = source.facts;
    const { facts, device } = encoder;
    process.stdout.write(
      `${input}: ${codec} ${width}×${height}, decoded by ${decoder}, encoded by ${facts.name} on ${device}, served at ${server.url}\n\n`,
    );
    const client = await connect(server.url);
    signal.addEventListener('abort', () => client.close());
    const totals = await follow(client, STREAM, { from: 'start' }, false);
    client.close();
    process.stdout.write(`\n${totalsTable(totals)}\n${outColors.dim(facts.digest)}\n`);
  } finally {
    await server.close();
  }
}
