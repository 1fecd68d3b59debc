import type { Command } from 'commander';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { readConfig } from '../../config/read-config.ts';
import type { ServeConfig } from '../../config/serve-config.ts';
import { watchConfig } from '../../config/watch-config.ts';
import type { FramenestError } from '../../errors.ts';
import { Service } from '../../service/service.ts';
import { openNamedEncoder } from '../open-parts.ts';
import { addServeFlags, flaggedConfig, refuseBesideConfig } from '../serve-flags.ts';
import type { ServeFlags } from '../serve-flags.ts';
import { stopSignal } from '../stop-signal.ts';
import { version } from '../version.ts';

/** A stop that takes longer is cut off, milliseconds. */
const STOP_MS = 10_000;

/** `framenest serve`: streams over WebSocket until it is stopped. */
export function addServe(program: Command): void {
  const command = program.command('serve').description('serve sources as token streams over WebSocket');
  addServeFlags(command).action((flags: ServeFlags) => serve(flags, command));
}

async function serve(flags: ServeFlags, command: Command): Promise<void> {
  if (flags.config !== undefined) {
    refuseBesideConfig(command);
    // Until the file is watched, being asked to read it anew must not end us; what changed by then is noticed anyway.
    process.on('SIGHUP', () => undefined);
  }
  const config = flags.config === undefined ? flaggedConfig(flags) : await readConfig(flags.config);
  const log = pino({ level: config.log.level }, pino.destination(2));
  const signal = stopSignal();
  const encoder = await openNamedEncoder(config.encoder, signal);
  const service = await Service.start({ config, encoder, log, name: `framenest/${version}` }, signal);
  process.stdout.write(`${service.url}  ${[...service.streams.keys()].join(', ')}\n`);
  const watching = new AbortController();
  if (flags.config !== undefined) void watch(flags.config, config, { service, log, signal: watching.signal });
  const broken = await Promise.race([aborted(signal), service.broken]);
  watching.abort();
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await service.close();
  // So that whoever started us starts us again.
  if (broken) throw broken;
}

interface Watched {
  readonly service: Service;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

function watch(path: string, current: ServeConfig, { service, log, signal }: Watched): Promise<void> {
  return watchConfig(path, {
    current,
    signal,
    onChange: (_, diff) => service.apply(diff),
    onError: ({ code, what, mend }) => log.error({ code, mend }, `configuration not applied: ${what}`),
  });
}

function aborted(signal: AbortSignal): Promise<FramenestError | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
