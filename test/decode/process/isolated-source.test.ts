import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource } from '#dist/decode/open-source.js';
import type { OpenOptions } from '#dist/decode/open-source.js';
import type { FramenestError } from '#dist/errors.js';
import type { FrameSource } from '#dist/media/frame-source.js';
import { children, hasPs, isAlive, processes } from '../../support/children.ts';
import { clip } from '../../support/clips.ts';
import type { ClipName } from '../../support/clips.ts';
import { decodeAll, never, smallTarget } from '../../support/decoding.ts';
import { rejection } from '../../support/rejection.ts';
import { hasRtspServer, rtspCamera } from '../../support/rtsp-camera.ts';
import { sleep, until } from '../../support/sleep.ts';

/** A camera that needs no server: real time, and live because we say so. */
const endless = 'lavfi:testsrc=s=320x240:r=50,realtime';
const isolated = { decoder: 'libav', isolated: true } as const;

const open = (input: string, options: OpenOptions = {}, side = 64): Promise<FrameSource> =>
  openSource(input, { ...smallTarget, side }, { ...isolated, live: true, ...options });

function pidOf({ facts }: FrameSource): number {
  if (facts.pid === undefined) throw new Error('The source names no process.');
  return facts.pid;
}

/** Whether it runs: a zombie does not, whoever has to reap it. */
function runs(pid: number): boolean {
  return isAlive(pid) && !processes().some((listed) => listed.pid === pid && listed.state.startsWith('Z'));
}

/** A camera that takes connections and says nothing. */
async function silentServer(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `rtsp://eve:hunter2@127.0.0.1:${(server.address() as AddressInfo).port}/cam`;
}

/** Reads to the end; calls `act` at the given frame. */
async function readThrough(
  source: FrameSource,
  at: number,
  act: () => void,
): Promise<{ seen: number; error: unknown }> {
  let seen = 0;
  try {
    for await (const frame of source.frames(never)) {
      seen += 1;
      if (frame.index === at) act();
    }
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error };
  }
}

describe('a source in a process of its own', () => {
  it.each(['variable', 'odd', 'turned90'] as const satisfies readonly ClipName[])(
    'gives the same frames as one in this process (%s)',
    async (name) => {
      const path = await clip(name);
      const target = { resize: 'pad', fps: 10, side: 96 } as const;
      const [inside, apart] = await Promise.all(
        (['libav', 'libav isolated'] as const).map((decoder) => decodeAll(path, decoder, target)),
      );
      expect(apart!.frames).toEqual(inside!.frames);
      expect(apart!.source.facts).toEqual({ ...inside!.source.facts, pid: pidOf(apart!.source) });
      expect(apart!.source.counts.decoded).toBe(inside!.source.counts.decoded);
    },
  );

  it('that is killed ends in an error after the frames that were there, and nothing of it stays', async () => {
    const source = await open(endless);
    const { seen, error } = await readThrough(source, 10, () => process.kill(pidOf(source), 'SIGKILL'));
    expect(seen).toBeGreaterThan(10);
    expect(error).toMatchObject({ code: 'DECODE_FAILED' });
    expect((error as FramenestError).what).toContain('died (SIGKILL)');
    expect(children()).toEqual([]);
  });

  it.skipIf(!hasRtspServer)('that is killed does not tell the password of its camera', async () => {
    const source = await open(`rtsp://viewer:open-sesame@${await rtspCamera('viewer', 'open-sesame')}`);
    const { error } = await readThrough(source, 3, () => process.kill(pidOf(source), 'SIGSEGV'));
    expect(error).toMatchObject({ code: 'DECODE_FAILED' });
    expect((error as FramenestError).what).toMatch(/\*\*\*@127.*died \(SIGSEGV\)/);
    expect(String(error)).not.toContain('sesame');
  });

  it('that is killed before it is read says so', async () => {
    const source = await open(endless);
    process.kill(pidOf(source), 'SIGKILL');
    expect((await rejection(source.frames(never).next())).code).toBe('DECODE_FAILED');
    await source.close();
  });

  it('that hangs is ended all the same', async () => {
    const source = await open(endless);
    const frames = source.frames(never);
    await frames.next();
    process.kill(pidOf(source), 'SIGSTOP');
    await source.close();
    expect(isAlive(pidOf(source))).toBe(false);
    await frames.return();
  });

  it('that hangs ends its reader, who waits, when it is closed', async () => {
    const source = await open(endless);
    const reading = readThrough(source, 5, () => {
      process.kill(pidOf(source), 'SIGSTOP');
      void source.close();
    });
    expect((await reading).error).toBeUndefined();
    expect(children()).toEqual([]);
  });

  it.skipIf(!hasPs).each([
    ['while it is read', endless],
    ['while it opens', 'silent'],
  ])('does not outlive us (%s)', async (_, input) => {
    const url = input === 'silent' ? await silentServer() : input;
    const script = `
      import { openSource } from ${JSON.stringify(new URL('../../../dist/decode/open-source.js', import.meta.url).href)};
      const options = ${JSON.stringify({ ...isolated, live: true, openTimeoutS: 600 })};
      const source = await openSource(${JSON.stringify(url)}, ${JSON.stringify(smallTarget)}, options);
      for await (const frame of source.frames(new AbortController().signal));
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const decoder = (): number | undefined => processes().find((listed) => listed.parent === parent.pid)?.pid;
    await until(() => decoder() !== undefined);
    // Long enough for it to be at work; were it not, it would have to end all the same.
    await sleep(1000);
    const pid = decoder()!;
    expect(runs(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !runs(pid));
  });

  it('leaves signals to us: those of a terminal reach it too', async () => {
    const source = await open(endless);
    const { error } = await readThrough(source, 3, () => {
      process.kill(pidOf(source), 'SIGINT');
      process.kill(pidOf(source), 'SIGTERM');
      void sleep(300).then(() => source.close());
    });
    expect(error).toBeUndefined();
  });

  it('that is live is drained while nobody reads, and counts what it lets go', async () => {
    const source = await open('lavfi:testsrc=s=320x240:r=50:d=3,realtime', {}, 384);
    const frames = source.frames(never);
    const read = [(await frames.next()).value!];
    await sleep(1500);
    for await (const frame of frames) read.push(frame);
    const dropped = read.reduce((sum, { droppedBefore }) => sum + droppedBefore, 0);
    expect(dropped).toBeGreaterThan(0);
    expect(source.counts.decoded).toBe(150);
    expect(source.counts.skipped).toBe(0);
    expect(read.length + dropped + source.counts.discarded).toBe(150);
    expect(read.map(({ index }) => index)).toEqual(read.map((_, i) => i));
  });

  it('opens and closes many times and leaves no process and no handle', async () => {
    const path = await clip('upright');
    const handles = (): string[] => process.getActiveResourcesInfo().filter((kind) => /Pipe|Process/.test(kind));
    const before = handles().length;
    for (let i = 0; i < 20; i++) {
      const source = await open(path);
      if (i % 2 === 0) await source.frames(never).next();
      await source.close();
    }
    expect(children()).toEqual([]);
    await until(() => handles().length === before);
  });
});

describe('opening in a process of its own', () => {
  it('is given up by a signal at once', async () => {
    const abort = new AbortController();
    const opened = open(await silentServer(), { signal: abort.signal });
    await sleep(50);
    abort.abort();
    expect((await rejection(opened)).code).toBe('ABORTED');
    expect(children()).toEqual([]);
  });

  it('has the time limit that it is told', async () => {
    const error = await rejection(open(await silentServer(), { openTimeoutS: 0.5 }));
    expect(error.code).toBe('INPUT_UNREACHABLE');
    expect(error.mend).toContain('it has 0.5 s to answer');
    expect(error.message).not.toContain('hunter2');
    expect(children()).toEqual([]);
  });
});
