import type { Client } from '#dist/client/client.js';
import { connect } from '#dist/client/connect.js';
import type { ConnectOptions } from '#dist/client/connect.js';
import type { SubscribeOptions } from '#dist/client/subscribe-options.js';
import { onTestFinished } from 'vitest';
import { RawServer, welcomeTo } from '../support/raw-server.ts';
import { soon } from './log-server.ts';

/** A client that comes back at once where its connection is lost; closed when the test ends. */
export async function join(url: string, options: ConnectOptions = {}): Promise<Client> {
  const client = await connect(url, { reconnect: soon, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A client that does not come back: what happens on one connection is what the test is about. */
export function joinOnce(url: string): Promise<Client> {
  return join(url, { reconnect: false });
}

/** A subscription to "a" on a server that the test speaks for, answered with `next`. */
export async function subscribedBy(joining: typeof joinOnce, next: number, options: SubscribeOptions = {}) {
  const server = await RawServer.start(welcomeTo('a', 'b'));
  const client = await joining(server.url);
  const items = client.subscribe('a', options);
  const first = items.next();
  await server.hears('credit');
  server.say({ type: 'subscribed', stream: 'a', next, ladder: [1] });
  return { server, client, items, first };
}
