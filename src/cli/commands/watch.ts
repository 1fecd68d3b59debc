import { Option } from 'commander';
import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/connect.ts';
import type { StateChange } from '../../client/link.ts';
import type { SubscribeOptions } from '../../client/subscribe-options.ts';
import { FramenestError } from '../../errors.ts';
import type { TokenDtype } from '../../media/packet.ts';
import { follow } from '../follow.ts';
import { parseCount, parsePositive } from '../parse-number.ts';
import { eventRow } from '../render/event-row.ts';
import { stateRow } from '../render/frame-rows.ts';
import { totalsTable } from '../render/totals.ts';
import { sourceTeller } from '../source-teller.ts';
import { stopSignal } from '../stop-signal.ts';

/** Milliseconds of each unit that a time before now may have. */
const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

interface WatchFlags {
  readonly stream?: string;
  readonly from: NonNullable<SubscribeOptions['from']>;
  readonly maxScale?: number;
  readonly layout?: 'uniform' | 'tree';
  readonly tokensPerSecond?: number;
  readonly dtype?: TokenDtype;
  readonly query?: string;
  readonly reconnect: boolean;
  readonly events?: boolean;
  readonly json?: boolean;
}

/** `framenest watch`: a stream of a server, frame by frame. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description(
      'follow a stream of a running server; connects again where the connection is lost, and goes on where it was.\n' +
        'Where the server wants a token it is taken from the environment variable FRAMENEST_TOKEN.',
    )
    .argument('<url>', 'address of the server, such as ws://127.0.0.1:8787')
    .option('--stream <NAME>', "which stream (default: the server's only or first one)")
    .addOption(
      new Option(
        '--from <WHERE>',
        'live: from now on; start: the first packet that the server still has; the number of a packet; or a time, such as 2026-05-01T08:30:00Z or -10m (s, m, h, d ago)',
      )
        .argParser(parseFrom)
        .default('start'),
    );
  addWishes(command)
    .option('--no-reconnect', 'end where the connection is lost (default: connect again and go on)')
    .option(
      '--events',
      'cuts, activity, cameras lost and back, and where each source stands, of every stream or of --stream, in place of its packets',
    )
    .option(
      '--json',
      'print one JSON object a line instead of a table; a "state" with a stream is of its source, one without of the connection',
    )
    .action((url: string, flags: WatchFlags) => watch(url, flags));
}

/** What this subscriber wants otherwise than the stream is made. */
function addWishes(command: Command): Command {
  return command
    .addOption(
      new Option('--max-scale <S>', 'tokens of the finest scale to get (default: as the stream has it)').argParser(
        parseCount,
      ),
    )
    .addOption(
      new Option('--layout <NAME>', 'uniform: every frame whole, at one scale (default: as the stream has it)').choices(
        ['uniform', 'tree'],
      ),
    )
    .addOption(
      new Option('--tokens-per-second <N>', 'tokens a second of video, at most (default: none)').argParser(
        parsePositive,
      ),
    )
    .addOption(
      new Option('--dtype <NAME>', "number format of the tokens (default: the stream's own)").choices([
        ...['F16', 'BF16', 'F32', 'I8'],
      ]),
    )
    .option(
      '--query <TEXT>',
      'fine where the picture has to do with this description, coarse elsewhere, where the encoder has a text tower (default: none)',
    );
}

async function watch(url: string, flags: WatchFlags): Promise<void> {
  const { stream, events = false, json = false, reconnect } = flags;
  const token = process.env['FRAMENEST_TOKEN'];
  const client: Client = await connect(url, {
    ...(token && { token }),
    ...(!reconnect && { reconnect: false }),
    onState: tellOf(json),
    // The packets of a file have an end of their own.
    onStreamState: sourceTeller(json, (name) => events || !isFile(client, name)),
  });
  stopSignal().addEventListener('abort', () => client.close());
  try {
    if (events) {
      await hear(client, stream, json);
      return;
    }
    const name = stream ?? client.streams[0]?.name;
    if (name === undefined) throw nothingServed();
    const totals = await follow(client, name, subscribeOptions(flags), json);
    if (!json) process.stdout.write(`${totalsTable(totals)}\n`);
  } finally {
    client.close();
  }
}

function isFile(client: Client, stream: string): boolean {
  return client.streams.some(({ name, live }) => name === stream && !live);
}

function subscribeOptions({ from, maxScale, layout, tokensPerSecond, dtype, query }: WatchFlags): SubscribeOptions {
  const wishes = Object.entries({ maxScale, layout, tokensPerSecond, dtype, query });
  return { from, ...Object.fromEntries(wishes.filter(([, value]) => value !== undefined)) };
}

/** A line where the connection is lost, and where it is there again. */
function tellOf(json: boolean): (change: StateChange) => void {
  let lost = false;
  return (change) => {
    const { state, error, pauseMs } = change;
    const back = state === 'open' && lost;
    if (state === 'waiting') lost = true;
    if (back) lost = false;
    if (!back && state !== 'waiting') return;
    const told = { type: 'state', state, ...(error && { code: error.code, what: error.what }), pauseMs };
    process.stdout.write(`${json ? JSON.stringify(told) : stateRow(change)}\n`);
  };
}

/** A line an event, until the session ends. */
async function hear(client: Client, stream: string | undefined, json: boolean): Promise<void> {
  for await (const event of client.events(stream === undefined ? {} : { streams: [stream] })) {
    process.stdout.write(`${json ? JSON.stringify(event) : eventRow(event)}\n`);
  }
}

function parseFrom(text: string): WatchFlags['from'] {
  if (text === 'live' || text === 'start') return text;
  const sequence = Number(text);
  if (/^\d/.test(text) && Number.isSafeInteger(sequence)) return sequence;
  const atMs = parseTime(text);
  if (Number.isSafeInteger(atMs) && atMs >= 0) return { atMs };
  throw new FramenestError('OPTION_INVALID', {
    what: `--from is "${text}".`,
    mend: 'Give "live", "start", the number of a packet from 0, or a time such as 2026-05-01T08:30:00Z or -10m.',
  });
}

/** Unix time of an ISO 8601 time or of a time before now, milliseconds; NaN where it is neither. */
function parseTime(text: string): number {
  const ago = /^-(\d{1,9})([smhd])$/.exec(text);
  if (ago) return Math.round(Date.now() - Number(ago[1]) * units[ago[2] as keyof typeof units]);
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
}

function nothingServed(): FramenestError {
  return new FramenestError('STREAM_UNKNOWN', {
    what: 'The server offers no stream.',
    mend: 'Start it with --source NAME=INPUT.',
  });
}
