import { Option } from 'commander';
import type { Command } from 'commander';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { redactInput } from '../../decode/redact.ts';
import { FramenestError, asFramenestError } from '../../errors.ts';
import type { VisionEncoder } from '../../media/vision-encoder.ts';
import { startServer } from '../../server/server.ts';
import type { RunningServer } from '../../server/server.ts';
import { TokenStream } from '../../server/token-stream.ts';
import { flaggedStream, openFlaggedEncoder, openFlaggedSource } from '../open-parts.ts';
import { addPipelineFlags } from '../pipeline-flags.ts';
import type { PipelineFlags } from '../pipeline-flags.ts';
import { stopSignal } from '../stop-signal.ts';
import { version } from '../version.ts';

interface ServeFlags extends PipelineFlags {
  readonly source: readonly NamedInput[];
  readonly port: number;
  readonly host: string;
  readonly origin?: readonly string[];
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
    .addOption(
      new Option(
        '--source <NAME=INPUT>',
        'a name, and its video file, http or rtsp URL or capture device; at least one, may be given many times',
      )
        .argParser(addSource)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--port <N>', 'TCP port; 0 takes any free one').argParser(parsePort).default(8787))
    .option('--host <ADDRESS>', 'address to listen on; of this machine alone', '127.0.0.1')
    .option('--origin <URL>', 'a web page that may connect; may be given many times (default: none)', addOrigin)
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
    const server = await listen(flags, streams, log);
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

async function listen(
  { host, port, origin: origins = [] }: ServeFlags,
  streams: readonly TokenStream[],
  log: Logger,
): Promise<RunningServer> {
  try {
    return await startServer({ host, port, origins, streams, name: `framenest/${version}`, log });
  } catch (thrown) {
    await Promise.all(streams.map((stream) => stream.close()));
    throw thrown;
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
        return await flaggedStream({ name, input, source, flags, encoder, signal });
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

function addOrigin(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function addSource(text: string, before: readonly NamedInput[] = []): NamedInput[] {
  const [, name, input] = /^([\w.-]{1,128})=(.+)$/.exec(text) ?? [];
  if (name !== undefined && input !== undefined && before.every((source) => source.name !== name)) {
    return [...before, { name, input }];
  }
  throw new FramenestError('OPTION_INVALID', {
    what: `--source "${name ?? redactInput(text)}" has no name of its own, or no input.`,
    mend: 'Give NAME=INPUT with a different name for each, such as --source cam1=rtsp://camera/stream.',
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new FramenestError('OPTION_INVALID', { what: `--port is "${text}".`, mend: 'Give a number from 0 to 65535.' });
}
