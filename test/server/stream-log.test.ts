import { Writable } from 'node:stream';
import { logStream } from '#dist/server/stream-log.js';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { cameraStream, lightStream } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

type Line = Record<string, unknown> & { readonly level: number; readonly msg: string };

/** A logger whose lines a test reads. */
function logger(level = 'info') {
  const lines: Line[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(JSON.parse(chunk.toString()) as Line);
      done();
    },
  });
  return { lines, log: pino({ level }, sink) };
}

const [INFO, WARN, ERROR] = [30, 40, 50];

describe('the log of a stream', () => {
  test('has a line when its camera is live, with what it is, and one when it is lost, with why and for how long', async () => {
    const { lines, log } = logger();
    const retry = { firstS: 3600, mostS: 3600 };
    const { stream } = cameraStream('cam', [{ count: 9 }], { camera: { retry } });
    logStream(stream, log);
    await until(() => lines.length === 2);
    expect(lines[0]).toMatchObject({ level: INFO, msg: 'source live', stream: 'cam', epoch: 0, input: 'painted' });
    expect(lines[0]).toMatchObject({ codec: 'rawvideo', width: 1920, height: 1080 });
    expect(lines[1]).toMatchObject({ level: WARN, stream: 'cam', code: 'INPUT_ENDED', failures: 1 });
    expect(lines[1]!.msg).toBe('source lost: "painted" ended its stream.');
    expect(lines[1]!['retryInS']).toBeGreaterThanOrEqual(1799);
    expect(lines[1]!['retryInS']).toBeLessThanOrEqual(3600);
  });

  test('warns of a stall', async () => {
    const { lines, log } = logger();
    const { stream } = cameraStream('cam', [{ count: 2, freezes: true }, {}], { camera: { stallS: 0.2 } });
    logStream(stream, log);
    await until(() => lines.some(({ msg }) => msg.startsWith('source lost')));
    const messages = lines.map(({ level, msg }) => [level, msg]);
    expect(messages.slice(0, 3)).toEqual([
      [INFO, 'source live'],
      [WARN, 'source stalled: no frame comes'],
      [WARN, 'source lost: "painted" gave no frame for 0.2 s.'],
    ]);
  });

  test('ends with what it gave, what stopped it, or what broke it', async () => {
    const { lines, log } = logger();
    const whole = lightStream('whole', { count: 3 });
    const broken = lightStream('broken', { count: 3, failure: new Error('no light') });
    const stopped = lightStream('stopped');
    for (const { stream } of [whole, broken, stopped]) logStream(stream, log);
    for (const { stream } of [whole, broken]) {
      stream.read('start');
      await stream.whenEnded();
    }
    await stopped.stream.close();
    await until(() => lines.length === 3);
    expect(lines).toMatchObject([
      { level: INFO, msg: 'stream ended', stream: 'whole', packets: 3, frames: 3, tokens: 27 },
      { level: ERROR, stream: 'broken', code: 'INTERNAL', packets: 3 },
      { level: INFO, msg: 'stream stopped', stream: 'stopped', packets: 0 },
    ]);
    expect(lines[1]!.msg).toContain('no light');
  });

  test('tells of tries only to who wants every detail', async () => {
    const lines = await Promise.all(
      ['info', 'debug'].map(async (level) => {
        const seen = logger(level);
        const attempts = { firstS: 0.001, mostS: 0.001, attempts: 1 };
        const { stream } = cameraStream('cam', ['refused'], { camera: { retry: attempts } });
        logStream(stream, seen.log);
        await until(() => seen.lines.some((line) => line.level === ERROR));
        return seen.lines.map(({ msg }) => msg);
      }),
    );
    expect(lines[0]).toEqual(['source lost: Nobody answers.', 'Nobody answers.']);
    expect(lines[1]).toEqual(expect.arrayContaining(['source connecting', 'source failed']));
  });
});
