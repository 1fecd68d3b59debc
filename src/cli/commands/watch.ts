import { Option } from 'commander';
import type { Command } from 'commander';
import type { Client } from '../../client/client.ts';
import { connect } from '../../client/connect.ts';
import { FramenestError } from '../../errors.ts';
import { follow } from '../follow.ts';
import { eventRow } from '../render/event-row.ts';
import { totalsTable } from '../render/totals.ts';
import { stopSignal } from '../stop-signal.ts';

interface WatchFlags {
  readonly stream?: string;
  readonly from: 'live' | 'start' | number;
  readonly events?: boolean;
  readonly json?: boolean;
}

/** `framenest watch`: a stream of a server, frame by frame. */
export function addWatch(program: Command): void {
  program
    .command('watch')
    .description('follow a stream of a running server')
    .argument('<url>', 'address of the server, such as ws://127.0.0.1:8787')
    .option('--stream <NAME>', "which stream (default: the server's only or first one)")
    .addOption(
      new Option(
        '--from <WHERE>',
        'live: from now on; start: the first packet that the server still has; or the number of a packet',
      )
        .argParser(parseFrom)
        .default('start'),
    )
    .option(
      '--events',
      'cuts, activity, cameras lost and back, of every stream or of --stream, in place of its packets',
    )
    .option('--json', 'print one JSON object a line instead of a table')
    .action((url: string, flags: WatchFlags) => watch(url, flags));
}

async function watch(url: string, { stream, from, events = false, json = false }: WatchFlags): Promise<void> {
  const client = await connect(url);
  stopSignal().addEventListener('abort', () => client.close());
  try {
    if (events) {
      await hear(client, stream, json);
      return;
    }
    const name = stream ?? client.streams[0]?.name;
    if (name === undefined) throw nothingServed();
    const totals = await follow(client, name, { from }, json);
    if (!json) process.stdout.write(`${totalsTable(totals)}\n`);
  } finally {
    client.close();
  }
}

/** A line an event, until the session ends. */
async function hear(client: Client, stream: string | undefined, json: boolean): Promise<void> {
  for await (const event of client.events(stream === undefined ? {} : { streams: [stream] })) {
    process.stdout.write(`${json ? JSON.stringify(event) : eventRow(event)}\n`);
  }
}

function parseFrom(text: string): 'live' | 'start' | number {
  if (text === 'live' || text === 'start') return text;
  const sequence = Number(text);
  if (Number.isInteger(sequence) && sequence >= 0) return sequence;
  throw new FramenestError('OPTION_INVALID', {
    what: `--from is "${text}".`,
    mend: 'Give "live", "start", or the number of a packet from 0.',
  });
}

function nothingServed(): FramenestError {
  return new FramenestError('STREAM_UNKNOWN', {
    what: 'The server offers no stream.',
    mend: 'Start it with --source NAME=INPUT.',
  });
}
