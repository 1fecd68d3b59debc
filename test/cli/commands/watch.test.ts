import { describe, expect, test } from 'vitest';
import { LogServer } from '../../client/log-server.ts';
import { framenest, start } from '../../support/cli.ts';
import { jsonLines } from '../../support/json-lines.ts';
import { until } from '../../support/sleep.ts';

describe('framenest watch', () => {
  test('tells the server what it wants, and the token of its environment in a header', async () => {
    const server = await LogServer.start({ packets: 2, ends: true });
    const args = ['--stream', 'b', '--max-scale', '36', '--layout', 'uniform', '--tokens-per-second', '20.5'];
    const { status, stdout, stderr } = await framenest(
      ['watch', server.url, '--json', '--dtype', 'I8', '--from', '1', ...args],
      { env: { FRAMENEST_TOKEN: 's3cret' } },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('s3cret');
    expect(server.requests[0]).toMatchObject({ authorization: 'Bearer s3cret' });
    expect(server.all('subscribe')).toEqual([
      {
        ...{ type: 'subscribe', stream: 'b', from: 1 },
        ...{ maxScale: 36, layout: 'uniform', tokensPerSecond: 20.5, dtype: 'I8' },
      },
    ]);
  });

  test('asks a standing question', async () => {
    const server = await LogServer.start({ packets: 1, ends: true });
    const { status } = await framenest(['watch', server.url, '--json', '--query', 'where is the red bag?']);
    expect(status).toBe(0);
    expect(server.all('subscribe')).toEqual([
      { type: 'subscribe', stream: 'a', from: 'start', query: 'where is the red bag?' },
    ]);
  });

  test.each([
    ['2026-05-01T08:30:00Z', Date.UTC(2026, 4, 1, 8, 30), 0],
    ['2026-05-01', Date.UTC(2026, 4, 1), 0],
    ['-10m', Date.now() - 600_000, 300_000],
    ['-2d', Date.now() - 2 * 86_400_000, 300_000],
  ])('begins at the time %s', async (from, atMs, within) => {
    const server = await LogServer.start({ packets: 1, ends: true });
    const { status } = await framenest(['watch', server.url, '--json', '--from', from]);
    expect(status).toBe(0);
    const [{ from: asked } = {}] = server.all('subscribe');
    expect(Math.abs((asked as { atMs: number }).atMs - atMs)).toBeLessThanOrEqual(within);
  });

  test.each(['-10', '-1y', '2026-13-01', '1.5'])('refuses to begin at %s', async (from) => {
    const { status, stderr } = await framenest(['watch', 'ws://127.0.0.1:1', `--from=${from}`]);
    expect(status).toBe(2);
    expect(stderr).toContain(`OPTION_INVALID  --from is "${from}".`);
  });

  test('prints where the connection is lost and there again, and a demotion, as objects, and misses nothing', async () => {
    const server = await LogServer.start({ packets: 3 });
    const watching = start(['watch', server.url, '--json', '--from', 'start']);
    await watching.prints(/"sequence":2/);
    server.say({ type: 'demoted', stream: 'a', maxScale: 1, reason: 'behind' });
    await watching.prints(/demoted/);
    server.cut();
    await watching.prints(/"state":"open"/);
    server.append(2);
    await watching.prints(/"sequence":4/);
    watching.child.kill('SIGINT');
    const { status, stdout } = await watching.ended();
    expect(status).toBe(0);
    const lines = jsonLines(stdout) as Record<string, unknown>[];
    expect(lines.map(({ type, sequence }) => sequence ?? type)).toEqual([0, 1, 2, 'demoted', 'state', 'state', 3, 4]);
    expect(lines[3]).toMatchObject({ maxScale: 1, reason: 'behind' });
    expect(lines[4]).toMatchObject({
      state: 'waiting',
      code: 'CONNECTION_LOST',
      pauseMs: expect.any(Number) as number,
    });
    expect(lines[5]).toEqual({ type: 'state', state: 'open' });
  });

  test('prints the same for people as lines between the frames', async () => {
    const server = await LogServer.start({ packets: 1 });
    const watching = start(['watch', server.url, '--from', 'start']);
    await watching.prints(/0:00:00\.000/);
    server.say({ type: 'demoted', stream: 'a', maxScale: 1, reason: 'behind' });
    await watching.prints(/^– at most 1 tokens a frame from here on \(behind\) –$/m);
    server.cut();
    await watching.prints(/^– not connected \(CONNECTION_LOST\), next try in \d\.\d s –\n– connected again –$/m);
    watching.child.kill('SIGINT');
    expect((await watching.ended()).status).toBe(0);
  });

  test('ends where the connection is lost with --no-reconnect', async () => {
    const server = await LogServer.start({ packets: 1 });
    const watching = start(['watch', server.url, '--no-reconnect', '--from', 'start']);
    await watching.prints(/0:00:00\.000/);
    server.cut();
    const { status, stderr } = await watching.ended();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error CONNECTION_LOST /);
    expect(server.connections).toBe(1);
  });

  test('ends at Ctrl-C also while it waits for the next try', async () => {
    const server = await LogServer.start({ packets: 1 });
    const watching = start(['watch', server.url, '--json', '--from', 'start']);
    await watching.prints(/"sequence":0/);
    server.close();
    await watching.prints(/"state":"waiting"/);
    watching.child.kill('SIGINT');
    expect((await watching.ended()).status).toBe(0);
  });

  test('over events listens again after the connection was lost', async () => {
    const server = await LogServer.start();
    const watching = start(['watch', server.url, '--events', '--json']);
    await until(() => server.all('listen').length === 1);
    server.cut();
    await until(() => server.all('listen').length === 2);
    server.say({ type: 'listening' });
    server.say({ type: 'event', stream: 'a', event: 'cut', atMs: 7, epoch: 0 });
    await watching.prints(/"event":"cut"/);
    watching.child.kill('SIGINT');
    expect((await watching.ended()).status).toBe(0);
  });

  const stands = { type: 'state', stream: 'a', sinceMs: 1000, epoch: 0, failures: 0 };
  const lost = { ...stands, state: 'backing-off', retryAtMs: 2500, reason: { code: 'INPUT_STALLED', what: 'Frozen.' } };

  test('prints where the source stands as lines between the frames, where that is news', async () => {
    const server = await LogServer.start({ packets: 1 });
    const watching = start(['watch', server.url, '--from', 'start']);
    await watching.prints(/0:00:00\.000/);
    const states = [
      { ...stands, state: 'live' },
      { ...stands, state: 'stalled' },
      lost,
      { ...stands, state: 'connecting' },
      { ...stands, state: 'connecting', epoch: 1 },
      { ...stands, state: 'live', epoch: 1 },
    ];
    for (const state of states) server.say(state);
    await watching.prints(/a: live/);
    watching.child.kill('SIGINT');
    const { stdout } = await watching.ended();
    expect(stdout.split('\n').filter((line) => line.startsWith('– '))).toEqual([
      '– a: stalled –',
      '– a: backing-off, next try in 1.5 s (INPUT_STALLED: Frozen.) –',
      '– a: connecting –',
      '– a: live –',
    ]);
  });

  test('prints each state that is told as an object', async () => {
    const server = await LogServer.start();
    const watching = start(['watch', server.url, '--events', '--json']);
    await until(() => server.all('listen').length === 1);
    server.say({ type: 'listening' });
    server.say({ ...stands, state: 'live' });
    server.say(lost);
    await watching.prints(/backing-off/);
    watching.child.kill('SIGINT');
    expect(jsonLines((await watching.ended()).stdout)).toEqual([{ ...stands, state: 'live' }, lost]);
  });

  test('says in its help where the token comes from', async () => {
    expect((await framenest(['watch', '--help'])).stdout).toContain('FRAMENEST_TOKEN');
  });
});
