import { fileURLToPath } from 'node:url';
import type { connect } from '#dist/client/connect.js';
import { chromium } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { build } from 'vite';
import { toolOrSkip } from '../support/require-tool.ts';
import { LogServer } from './log-server.ts';

/** What a page has of the client. */
interface PageClient {
  connect: typeof connect;
}

/** The client as one script for a page. */
async function bundle(): Promise<string> {
  const built = await build({
    ...{ configFile: false, logLevel: 'silent', publicDir: false },
    build: {
      ...{ write: false, minify: false },
      lib: {
        entry: fileURLToPath(new URL('../../dist/client/index.js', import.meta.url)),
        formats: ['iife'],
        name: 'F',
      },
    },
  });
  const [{ output }] = built as unknown as [{ output: readonly { type: string; code?: string }[] }];
  expect(output.filter(({ type }) => type === 'chunk')).toHaveLength(1);
  return output[0]?.code ?? '';
}

describe.skipIf(!toolOrSkip('chromium', ['--version']))('in a browser', () => {
  test('the client is one bundle without Node, says its token as a subprotocol, and goes on after a cut', async () => {
    const server = await LogServer.start({ packets: 30, ends: true });
    // Chromium's own sandbox does not work for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.exposeFunction('cutNow', () => server.cut());
    await page.addScriptTag({ content: await bundle() });
    const seen = await page.evaluate(async (url) => {
      const { F, cutNow } = globalThis as unknown as { F: PageClient; cutNow: () => Promise<void> };
      const client = await F.connect(url, { token: 'T0ken-/+=~', reconnect: { firstMs: 5, mostMs: 50 } });
      const sequences: number[] = [];
      for await (const item of client.rebuilt('a', { from: 'start', window: 4 })) {
        if (item.type !== 'packet') continue;
        // Each packet's values say its sequence.
        if (item.grid.every((value) => value === item.packet.header.sequence)) {
          sequences.push(item.packet.header.sequence);
        }
        if (sequences.length === 10) await cutNow();
      }
      client.close();
      return sequences;
    }, server.url);
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(errors).toEqual([]);
    expect(server.connections).toBe(2);
    const token = Buffer.from('T0ken-/+=~').toString('base64url');
    for (const request of server.requests) {
      expect(request['sec-websocket-protocol']?.split(/, ?/)).toEqual(['framenest.v1', `framenest.bearer.${token}`]);
      expect(request.authorization).toBeUndefined();
    }
  });
});
