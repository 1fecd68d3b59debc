import { Option } from 'commander';
import type { Command } from 'commander';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { FramenestError, asFramenestError } from '../../errors.ts';
import type { VisionEncoder } from '../../media/vision-encoder.ts';
import { startServer } from '../../server/server.ts';
import { TokenStream } from '../../server/token-stream.ts';
import { openFlaggedEncoder, openFlaggedSource } from '../open-parts.ts';
import { addPipelineFlags, pipelineOptions } from '../pipeline-flags.ts';
import type { PipelineFlags } from '../pipeline-flags.ts';
import { stopSignal } from '../stop-signal.ts';
import { version } from '../version.ts';

interface ServeFlags extends PipelineFlags {
  readonly source: readonly NamedInput[];
  readonly port: number;
  readonly host: string;
  readonly logLevel: string;
}

interface NamedInput {
  readonly name: string;
  readonly input: string;
}

/** `framenest serve`: streams over WebSocket until it is stopped. */
export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('serve sources as token streams over WebSocket')
    .requiredOption('--source <NAME=INPUT>', 'a source and its name; may be given many times', addSource, [])
    .addOption(new Option('--port <N>', 'TCP port; 0 takes any free one').argParser(parsePort).default(8787))
    .option('--host <ADDRESS>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--log-level <LEVEL>', 'least severe log line to print on standard error, as JSON')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    );
  addPipelineFlags(command).action((flags: ServeFlags) => serve(flags));
}

async function serve(flags: ServeFlags): Promise<void> {
  const log = pino({ level: flags.logLevel }, pino.destination(2));
  const signal = stopSignal();
  const encoder = await openFlaggedEncoder(flags, signal);
  try {
    const streams = await openStreams(flags, encoder, signal, log);
    const server = await startServer({ ...flags, streams, name: `framenest/${version}`, log });
    process.stdout.write(`${server.url}  ${streams.map((stream) => stream.facts.name).join(', ')}\n`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    await server.close();
  } finally {
    await encoder.dispose();
  }
}

/** Opens every source; one that fails is logged and left out, unless it is the last. */
async function openStreams(
  flags: ServeFlags,
  encoder: VisionEncoder,
  signal: AbortSignal,
  log: Logger,
): Promise<TokenStream[]> {
  const opened = await Promise.all(
    flags.source.map(async ({ name, input }) => {
      try {
        const source = await openFlaggedSource(input, flags, encoder, signal);
        log.info({ stream: name, ...source.facts }, 'source opened');
        return new TokenStream({ name, source, encoder, options: pipelineOptions(flags) });
      } catch (thrown) {
        const error = asFramenestError(thrown);
        log.error({ stream: name, code: error.code, mend: error.mend }, error.what);
        return error;
      }
    }),
  );
  const streams = opened.filter((result) => result instanceof TokenStream);
  const failure = opened.find((result) => result instanceof FramenestError);
  if (streams.length === 0 && failure) throw failure;
  return streams;
}

function addSource(text: string, before: readonly NamedInput[]): NamedInput[] {
  const [, name, input] = /^([\w.-]{1,128})=(.+)$/.exec(text) ?? [];
  if (name !== undefined && input !== undefined && before.every((source) => source.name !== name)) {
    return [...before, { name, input }];
  }
  throw new FramenestError('OPTION_INVALID', {
    what: `--source "${name ?? text.split('=')[0] ?? ''}" has no name of its own, or no input.`,
    mend: 'Give NAME=INPUT with a different name for each, such as --source cam1=rtsp://camera/stream.',
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new FramenestError('OPTION_INVALID', { what: `--port is "${text}".`, mend: 'Give a number from 0 to 65535.' });
}
