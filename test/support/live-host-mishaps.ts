import type { PictureHost } from '#dist/llm/host.js';
import type { PictureHostOptions } from '#dist/llm/hosts/realtime-host.js';
import { expect, test } from 'vitest';
import type { LiveServer, Trick } from './live-host-servers.ts';
import { pictureFrame, textOf, viewOf } from './picture-views.ts';
import { deadUrl } from './pixel-host-server.ts';
import { rejection } from './rejection.ts';
import { until } from './sleep.ts';

/** What goes wrong, how the server does it, and the code of the error that comes of it. */
export type LiveMishap = readonly [name: string, trick: Trick, code: string];

/** A kind of hosts with sessions. */
export interface LiveHostKind<Server extends LiveServer> {
  /** A server of this kind, closed when the test ends. */
  readonly start: () => Promise<Server>;
  /** A host at it, closed when the test ends; the options come before the server's own. */
  readonly open: (server: Server, options: PictureHostOptions) => Promise<PictureHost>;
  /** Whether a mishap costs the host its connection at once. */
  readonly cuts: (trick: Trick) => boolean;
}

const everyKind: readonly LiveMishap[] = [
  ['a host that does not greet', { on: 'connect', silent: true }, 'HOST_UNREACHABLE'],
  ['too many sessions', { on: 'connect', status: 429, words: 'slow down' }, 'HOST_BUSY'],
  ['a host that is ill', { on: 'connect', status: 500, words: 'oops' }, 'HOST_FAILED'],
  ['silence', { on: 'question', then: 'silent' }, 'HOST_UNREACHABLE'],
  ['silence within the answer', { on: 'question', say: ['A '], then: 'silent' }, 'HOST_UNREACHABLE'],
  ['an answer that breaks off', { on: 'question', say: ['A '], then: 'cut' }, 'HOST_FAILED'],
  ['a message that is none', { on: 'question', say: ['A '], then: 'nonsense' }, 'HOST_FAILED'],
];

/** The cases that every host with sessions is held to when something goes wrong, and those of its own. */
export function failsLikeLiveHosts<Server extends LiveServer>(
  { start, open, cuts }: LiveHostKind<Server>,
  own: readonly LiveMishap[],
): void {
  const failure = async (host: PictureHost) =>
    rejection(textOf(host.ask({ window: viewOf([await pictureFrame(0)]), prompt: 'What is there?' })));

  test('nobody listens', async () => {
    const host = await open(await start(), { url: await deadUrl(), attempts: 2 });
    const error = await failure(host);
    expect(error.code).toBe('HOST_UNREACHABLE');
    expect(error.what).toContain('Tried 2 times');
  });

  test.each([...everyKind, ...own])('%s', async (_, trick, code) => {
    const silent = 'silent' in trick || ('then' in trick && trick.then === 'silent');
    const server = await start();
    server.tricks = [trick];
    const host = await open(server, { attempts: 1, ...(silent && { silenceS: 0.5 }) });
    expect((await failure(host)).code).toBe(code);
    if (cuts(trick)) await until(() => server.open === 0);
  });
}
