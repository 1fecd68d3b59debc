import { readFileSync } from 'node:fs';
import { parseClientMessage } from '#dist/wire/control-message.js';
import { PROTOCOL } from '#dist/wire/packet-codec.js';
import type { ClientMessage, ServerMessage, StreamEvent } from '#dist/wire/control-message.js';
import { expect, test } from 'vitest';
import { cameraStream, serve } from '../support/serving.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** The words in backticks that begin the rows of the table under a heading. */
function rowsUnder(heading: string): string[] {
  const section = page.split(/^#{2,3} /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([\w-]+)/gm)].map(([, word]) => word!);
}

/** Every word that there is: the compiler misses none. */
const said: Record<ClientMessage['type'], true> = {
  ...{ subscribe: true, credit: true, ack: true, unsubscribe: true },
  ...{ listen: true, unlisten: true, ping: true },
};
const answered: Record<ServerMessage['type'], true> = {
  ...{ welcome: true, streams: true, subscribed: true, gap: true, demoted: true, acked: true, end: true },
  ...{ listening: true, event: true, state: true, goaway: true, error: true, pong: true },
};
const events: Record<StreamEvent['event'], true> = {
  ...{ cut: true, 'activity-start': true, 'activity-end': true, lost: true, back: true },
};

test('docs/protocol.md is about this protocol', () => {
  expect(page.startsWith(`# ${PROTOCOL}\n`)).toBe(true);
});

test.each([
  ['Client → server', said],
  ['Server → client', answered],
  ['Events', events],
])('docs/protocol.md has under "%s" a row for each that there is, and no other', (heading, all) => {
  expect(rowsUnder(heading).sort()).toEqual(Object.keys(all).sort());
});

test('docs/protocol.md has a row for each field of a view, and no other', () => {
  const all = { stream: 'a', maxScale: 1, layout: 'tree', dtype: 'F16', values: false, key: true, tokensPerSecond: 1 };
  const asked = parseClientMessage(JSON.stringify({ type: 'subscribe', ...all, maxLag: 1, query: 'a' }));
  const elsewhere = ['type', 'stream', 'from'];
  const fields = Object.keys(asked).filter((field) => !elsewhere.includes(field));
  expect(rowsUnder("A view of one's own").sort()).toEqual(fields.sort());
});

test('docs/protocol.md has a row for every metric of ours with its type, and no other', async () => {
  const { url } = await serve([cameraStream('cam', ['refused']).stream]);
  const text = await (await fetch(`${url.replace('ws:', 'http:')}/metrics`)).text();
  const told = [...text.matchAll(/^# TYPE (framenest_\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]);
  expect(told.length).toBeGreaterThan(15);
  const rows = page.split('\n').filter((line) => line.startsWith('| `framenest_'));
  const named = rows.flatMap((row) => {
    const [, names = '', type = ''] = row.split('|');
    return [...names.matchAll(/framenest_\w+/g)].map(([name]) => [name, type.trim()]);
  });
  expect(named.sort()).toEqual(told.sort());
});
