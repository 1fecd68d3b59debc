import type { Server } from 'node:net';
import { clientOf } from './client-address.ts';

/** How many connections there may be. */
export interface ConnectionBounds {
  /** Of all addresses together. */
  readonly all: number;
  /** Of one address that is not this machine. */
  readonly each: number;
}

/** Room for every session, and for those who only ask. */
export const CONNECTIONS: ConnectionBounds = { all: 1536, each: 128 };

/** Has a server close connections beyond these bounds at once, before a byte is read or a TLS handshake begun. */
export function boundConnections(server: Server, { all, each }: ConnectionBounds): void {
  const open = new Map<string, number>();
  server.maxConnections = all;
  server.on('connection', (socket) => {
    const client = clientOf(socket.remoteAddress);
    if (client === undefined) return;
    const count = open.get(client) ?? 0;
    if (count >= each) {
      socket.destroy();
      return;
    }
    open.set(client, count + 1);
    socket.once('close', () => {
      const left = (open.get(client) ?? 1) - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    });
  });
}
