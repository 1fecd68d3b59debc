import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { digestOf } from '../config/access-keys.ts';
import { keepBounds, keepDefaults, keptBytes, sizeWords } from '../config/data-keys.ts';
import { logLevels } from '../config/serve-config.ts';
import type { DataConfig, ListenConfig, LogLevel, ServeConfig, SourceConfig } from '../config/serve-config.ts';
import { redactInput } from '../decode/redact.ts';
import { FramenestError } from '../errors.ts';
import { parsePipelineOptions } from '../pipeline/pipeline-options.ts';
import { isToken, tokenWords } from '../wire/access-token.ts';
import { parsePositive } from './parse-number.ts';
import { addPipelineFlags, pipelineOptions } from './pipeline-flags.ts';
import type { PipelineFlags } from './pipeline-flags.ts';

/** What `framenest serve` is called with. */
export interface ServeFlags extends PipelineFlags {
  readonly config?: string;
  readonly source?: readonly NamedInput[];
  readonly port: number;
  readonly host: string;
  readonly origin?: readonly string[];
  readonly logLevel: LogLevel;
  readonly transport: 'tcp' | 'udp';
  readonly hwaccel: string;
  readonly openTimeout: number;
  readonly stallTimeout: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly data: string;
  /** `false`: --no-log. */
  readonly log: boolean;
  readonly keepBytes: number;
  readonly keepAge: number;
  readonly keepPackets: number;
}

interface NamedInput {
  readonly name: string;
  readonly input: string;
}

/** Adds the flags of `serve` to its command. */
export function addServeFlags(command: Command): Command {
  const seconds = (flags: string, text: string): Option => new Option(flags, text).argParser(parsePositive);
  command
    .option(
      '--config <FILE>',
      'YAML file with everything, instead of other flags; read anew when it changes (default: none)',
    )
    .addOption(
      new Option(
        '--source <NAME=INPUT>',
        'a name, and its video file, http or rtsp URL or capture device; one or more, where there is no --config (default: none)',
      ).argParser(addSource),
    )
    .addOption(new Option('--port <N>', 'TCP port; 0 takes any free one').argParser(parsePort).default(8787))
    .option(
      '--host <ADDRESS>',
      'address to listen on; beyond this machine only with FRAMENEST_TOKEN in the environment',
      '127.0.0.1',
    )
    .option('--origin <URL>', 'a web page that may connect; may be given many times (default: none)', addOrigin)
    .option('--tls-cert <FILE>', 'certificate chain in PEM, for https and wss (default: none)')
    .option('--tls-key <FILE>', 'its private key in PEM, without a passphrase (default: none)')
    .addOption(
      new Option('--log-level <LEVEL>', 'least severe log line to print on standard error, as JSON')
        .choices([...logLevels])
        .default('info'),
    )
    .addOption(new Option('--transport <NAME>', 'how RTSP brings its packets').choices(['tcp', 'udp']).default('tcp'))
    .option('--hwaccel <NAME>', 'hardware that decodes: off, auto, or a device such as vaapi or cuda', 'off')
    .addOption(seconds('--open-timeout <S>', 'seconds that a network input may take to answer').default(10))
    .addOption(seconds('--stall-timeout <S>', 'seconds without a frame after which a camera is lost').default(20));
  addDataFlags(command);
  return addPipelineFlags(command);
}

function addDataFlags(command: Command): void {
  command
    .option('--data <DIR>', 'folder in which packets are kept over restarts', keepDefaults.dir)
    .option('--no-log', 'keep packets in memory alone (default: they are kept in --data)')
    .addOption(
      new Option('--keep-bytes <SIZE>', 'most bytes to keep of a stream; KiB, MiB, GiB and TiB are known')
        .argParser(parseBytes)
        .default(keptBytes(keepDefaults.bytes), keepDefaults.bytes),
    )
    .addOption(
      new Option('--keep-age <S>', 'seconds for which a packet is kept').argParser(parseAge).default(keepDefaults.age),
    )
    .addOption(
      new Option('--keep-packets <N>', 'most packets to keep of a stream')
        .argParser(parsePackets)
        .default(keepDefaults.packets),
    );
}

/**
 * What the flags stand for, as a configuration file would say it. A token is none of them, since every user of a machine
 * can read how a program was called: FRAMENEST_TOKEN in the environment is one that may see everything.
 * @throws FramenestError OPTION_INVALID
 */
export function flaggedConfig(flags: ServeFlags, env: NodeJS.ProcessEnv = process.env): ServeConfig {
  const { source = [], logLevel: level } = flags;
  if (source.length === 0) {
    throw new FramenestError('OPTION_INVALID', {
      what: 'There is nothing to serve.',
      mend: 'Give --source NAME=INPUT, such as --source cam1=rtsp://camera/stream, or --config FILE.',
    });
  }
  const { encoder: name, encoderCard: card, device } = flags;
  const data = flaggedData(flags);
  return {
    listen: flaggedListen(flags),
    access: flaggedAccess(env['FRAMENEST_TOKEN']),
    ...(data && { data }),
    log: { level },
    encoder: { name, device, ...(card !== undefined && { card }) },
    sources: source.map((each) => flaggedSource(each, flags)),
  };
}

function flaggedListen({ host, port, origin: origins = [], tlsCert: cert, tlsKey: key }: ServeFlags): ListenConfig {
  if (cert === undefined && key === undefined) return { host, port, origins };
  if (cert !== undefined && key !== undefined) return { host, port, origins, tls: { cert, key } };
  throw new FramenestError('OPTION_INVALID', {
    what: `There is --tls-${cert === undefined ? 'key' : 'cert'} without --tls-${cert === undefined ? 'cert' : 'key'}.`,
    mend: 'Give both, or none for a server without TLS.',
  });
}

function flaggedAccess(token: string | undefined): ServeConfig['access'] {
  if (token === undefined) return [];
  if (isToken(token)) {
    return [{ name: 'FRAMENEST_TOKEN', sha256: digestOf({ token }), streams: ['*'], metrics: true }];
  }
  throw new FramenestError('OPTION_INVALID', {
    what: `The variable FRAMENEST_TOKEN holds no token: ${tokenWords}.`,
    mend: 'Set it to a long one that nobody guesses, such as `openssl rand -hex 32` makes, or do not set it.',
  });
}

function flaggedData({ log, data: dir, keepBytes: bytes, keepAge: ageS, keepPackets: packets }: ServeFlags) {
  return log ? ({ dir, keep: { bytes, ageS, packets } } satisfies DataConfig) : undefined;
}

/**
 * With `--config` the file says it all: a flag beside it would be heeded by nobody.
 * @throws FramenestError OPTION_INVALID
 */
export function refuseBesideConfig(command: Command): void {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  const beside = given.find((option) => option.attributeName() !== 'config');
  if (!beside) return;
  throw new FramenestError('OPTION_INVALID', {
    what: `${beside.long ?? beside.flags} is given beside --config.`,
    mend: 'Put it into the file: docs/configuration.md has its key.',
  });
}

function flaggedSource({ name, input }: NamedInput, flags: ServeFlags): SourceConfig {
  const { fps, decoder, transport, hwaccel, openTimeout: openTimeoutS, stallTimeout: stallS } = flags;
  return {
    ...{ name, input, fps, decoder, transport, hwaccel, openTimeoutS, stallS },
    retry: { firstS: 1, mostS: 60, attempts: Infinity },
    weight: 1,
    ...{ hide: [], ignore: [], regions: [] },
    events: { quietS: 3 },
    options: parsePipelineOptions({ ...pipelineOptions(flags), stream: name }),
  };
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

function parseBytes(text: string): number {
  const bytes = keptBytes(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError(`Expected ${sizeWords}.`);
}

function parseAge(text: string): number {
  const seconds = parsePositive(text);
  if (seconds <= keepBounds.ageS) return seconds;
  throw new InvalidArgumentError(`Expected seconds up to ${keepBounds.ageS}.`);
}

function parsePackets(text: string): number {
  const packets = parsePositive(text);
  if (Number.isInteger(packets) && packets <= keepBounds.packets) return packets;
  throw new InvalidArgumentError(`Expected a whole number, 1 … ${keepBounds.packets}.`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new FramenestError('OPTION_INVALID', { what: `--port is "${text}".`, mend: 'Give a number from 0 to 65535.' });
}
