import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { boundConnections } from '#dist/server/connection-bounds.js';
import { describe, expect, test } from 'vitest';

/** Stands for a socket from an address that this machine has not. */
class From extends EventEmitter {
  readonly remoteAddress: string;
  open = true;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.open = false;
    this.emit('close');
  }
}

describe('the connections of one address', () => {
  const server = createServer();
  boundConnections(server, { all: 100, each: 2 });
  const connect = (address: string): From => {
    const socket = new From(address);
    server.emit('connection', socket);
    return socket;
  };

  test('are bounded, and of no account to others', () => {
    expect(server.maxConnections).toBe(100);
    const sockets = ['203.0.113.9', '::ffff:203.0.113.9', '203.0.113.9', '203.0.113.8'].map(connect);
    expect(sockets.map(({ open }) => open)).toEqual([true, true, false, true]);
    // What was refused takes no place, and gives none back.
    expect(connect('203.0.113.9').open).toBe(false);
    sockets[0]?.destroy();
    expect(connect('203.0.113.9').open).toBe(true);
    expect(connect('203.0.113.9').open).toBe(false);
  });

  test('are not counted on this machine, whose programs and proxies share an address', () => {
    for (let i = 0; i < 10; i++) expect(connect('127.0.0.1').open).toBe(true);
  });
});
