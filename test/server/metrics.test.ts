import { EncoderShare } from '#dist/encode/encoder-share.js';
import { TokenStream } from '#dist/server/token-stream.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { parseExposition } from '../support/prometheus-text.ts';
import type { Exposition } from '../support/prometheus-text.ts';
import { RawClient } from '../support/raw-client.ts';
import { cameraStream, cutStream, lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

async function scrape(url: string): Promise<Exposition> {
  const answer = await fetch(`${url.replace('ws:', 'http:')}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await answer.text());
}

/** One figure; undefined where there is no such series. */
function figure({ samples }: Exposition, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels);
  return samples.find((each) => each.name === name && wanted.every(([label, is]) => each.labels[label] === is))?.value;
}

/** What the metrics must say of a stream, by its own counts. */
function countsOf({ name, counts, log, status, camera, source }: TokenStream): [string, number | undefined][] {
  const stream = {
    stream_frames_total: counts.frames,
    stream_frames_dropped_total: counts.dropped,
    stream_frames_lost_total: counts.lost,
    stream_frames_held_total: counts.held,
    stream_encoder_runs_total: counts.encoderRuns,
    stream_cuts_total: counts.cuts,
    stream_tokens_total: counts.tokens,
    stream_frames_in_flight: counts.inFlight,
    stream_log_packets: log.next - log.oldest,
    stream_log_bytes: log.bytes,
    source_clock_jumps_total: counts.clockJumps,
    source_epoch: status.epoch,
    source_failures: status.failures,
    source_frames_decoded_total: (camera ?? source)?.counts.decoded,
    source_frames_discarded_total: camera?.counts.discarded,
    source_frames_skipped_total: (camera ?? source)?.counts.skipped,
    source_connections_total: camera?.connections,
  };
  return Object.entries(stream).map(([metric, value]) => [`framenest_${metric} ${name}`, value]);
}

const told = (seen: Exposition, { name }: TokenStream, counts: [string, number | undefined][]) =>
  counts.map(([metric]) => [metric, figure(seen, metric.split(' ')[0]!, { stream: name })]);

describe('the metrics of a stream', () => {
  test('are its own counts: of a file with a cut', async () => {
    const { stream } = cutStream('clip');
    const { url } = await serve([stream]);
    stream.read('start');
    await stream.whenEnded();
    const seen = await scrape(url);
    expect(told(seen, stream, countsOf(stream))).toEqual(countsOf(stream));
    expect(figure(seen, 'framenest_stream_frames_total', { stream: 'clip' })).toBe(30);
    expect(figure(seen, 'framenest_stream_cuts_total', { stream: 'clip' })).toBe(1);
    expect(figure(seen, 'framenest_stream_log_bytes', { stream: 'clip' })).toBeGreaterThan(1000);
    // Not of a camera.
    expect(figure(seen, 'framenest_source_connections_total', { stream: 'clip' })).toBeUndefined();
    expect(figure(seen, 'framenest_stream_latency_seconds_count', { stream: 'clip' })).toBeUndefined();
  });

  test('are its own counts: of a camera that was lost, back, and is lost now', async () => {
    const refused = Array<'refused'>(3).fill('refused');
    const tries = ['refused', { count: 9, part: (i: number) => ({ pts: BigInt(i % 4) }) }, ...refused] as const;
    const retry = { firstS: 0.001, mostS: 0.001, attempts: 3 };
    const { stream } = cameraStream('cam', tries, { camera: { retry } });
    const { url } = await serve([stream]);
    await stream.whenEnded();
    const seen = await scrape(url);
    expect(told(seen, stream, countsOf(stream))).toEqual(countsOf(stream));
    expect(figure(seen, 'framenest_source_connections_total', { stream: 'cam' })).toBe(1);
    expect(figure(seen, 'framenest_source_clock_jumps_total', { stream: 'cam' })).toBeGreaterThan(0);
    expect(figure(seen, 'framenest_source_failures', { stream: 'cam' })).toBe(4);
    const states = seen.samples.filter(({ name, value }) => name === 'framenest_source_state' && value === 1);
    expect(states.map(({ labels }) => labels)).toEqual([{ stream: 'cam', state: 'failed' }]);
    // One latency a packet.
    const latencies = figure(seen, 'framenest_stream_latency_seconds_count', { stream: 'cam' });
    expect(latencies).toBe(stream.totals.packets);
  });

  test('tell how many of its frames wait for the encoder', async () => {
    const encoder = new PatchMeanEncoder({ side: 96 });
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const share = new EncoderShare({
      ...{ facts: encoder.facts, device: encoder.device, dispose: () => encoder.dispose() },
      encode: (rgb, side) => opened.then(() => encoder.encode(rgb, side)),
    });
    onTestFinished(() => share.dispose());
    const [seat, idle] = [share.seat({ name: 'a' }), share.seat({ name: 'b' })];
    const options = { policy: 'fixed:9', window: 6 };
    const { source } = lightStream('a');
    const stream = new TokenStream({ name: 'a', source, encoder: seat, options });
    const other = new TokenStream({ name: 'b', source: lightStream('b').source, encoder: idle, options });
    const { url } = await serve([stream, other, lightStream('alone')]);
    const waiting = async () => {
      const seen = await scrape(url);
      return ['a', 'b', 'alone'].map((name) => figure(seen, 'framenest_encoder_waiting_frames', { stream: name }));
    };
    stream.read('start');
    // Of the six in its window the encoder has two.
    await until(() => stream.counts.inFlight === 6 && seat.counters.running === 2);
    await until(() => seat.counters.waiting === 4);
    expect(await waiting()).toEqual([4, 0, undefined]);
    open();
    await stream.whenEnded();
    expect(await waiting()).toEqual([0, 0, undefined]);
  });

  test('tell how many packets wait for the slowest of its readers', async () => {
    const { stream } = lightStream('a', { count: 10 });
    const { url } = await serve([stream]);
    const lag = async () => figure(await scrape(url), 'framenest_stream_reader_lag_packets', { stream: 'a' });
    expect(await lag()).toBe(0);
    const [slow, fast] = [stream.read('start'), stream.read('start')];
    await stream.whenEnded();
    for (let i = 0; i < 3; i++) slow.take();
    for (let i = 0; i < 9; i++) fast.take();
    expect(await lag()).toBe(7);
    stream.release(slow);
    expect(await lag()).toBe(1);
  });

  test('are gone with the stream, and begin anew with one that takes its name', async () => {
    const { stream } = cameraStream('cam', [{ count: Infinity }]);
    const server = await serve([stream, lightStream('other')]);
    server.encoded('cam', 2, 5);
    await until(() => stream.totals.packets > 3);
    const of = (seen: Exposition) => seen.samples.filter(({ labels }) => labels['stream'] === 'cam');
    const before = await scrape(server.url);
    expect(figure(before, 'framenest_encoder_run_seconds_count', { stream: 'cam' })).toBe(1);
    expect(of(before).length).toBeGreaterThan(20);
    await server.remove('cam');
    // The last of its frames comes out of the encoder.
    server.encoded('cam', 2, 5);
    expect(of(await scrape(server.url))).toEqual([]);
    const next = cameraStream('cam', ['refused'], { camera: { retry: { firstS: 3600, mostS: 3600 } } });
    server.add(next.stream);
    const after = await scrape(server.url);
    expect(figure(after, 'framenest_stream_frames_total', { stream: 'cam' })).toBe(0);
    expect(figure(after, 'framenest_encoder_run_seconds_count', { stream: 'cam' })).toBeUndefined();
  });
});

describe('the metrics of a server', () => {
  test('count its sessions and what they follow', async () => {
    const { url } = await serve([lightStream('a'), lightStream('b')]);
    const now = async () => {
      const seen = await scrape(url);
      return [figure(seen, 'framenest_sessions'), figure(seen, 'framenest_subscriptions')];
    };
    expect(await now()).toEqual([0, 0]);
    const [one, two] = [await RawClient.open(url), await RawClient.open(url)];
    for (const stream of ['a', 'b']) one.say({ type: 'subscribe', stream });
    two.say({ type: 'subscribe', stream: 'a' });
    await Promise.all([one.caughtUp(), two.caughtUp()]);
    expect(await now()).toEqual([2, 3]);
    one.socket.close();
    await one.closed();
    expect(await now()).toEqual([1, 1]);
  });

  test('take the times at the encoder in seconds', async () => {
    const server = await serve([lightStream('a')]);
    server.encoded('a', 30, 400);
    server.encoded('a', 0, 100);
    const seen = await scrape(server.url);
    expect(figure(seen, 'framenest_encoder_wait_seconds_sum', { stream: 'a' })).toBeCloseTo(0.03);
    expect(figure(seen, 'framenest_encoder_run_seconds_sum', { stream: 'a' })).toBeCloseTo(0.5);
    expect(figure(seen, 'framenest_encoder_run_seconds_bucket', { stream: 'a', le: '0.2' })).toBe(1);
    expect(figure(seen, 'framenest_encoder_run_seconds_bucket', { stream: 'a', le: '+Inf' })).toBe(2);
  });

  test('are named as Prometheus wants: counters end in _total, units are in the name, all ours begin with framenest', async () => {
    const { types } = await scrape((await serve([lightStream('a')])).url);
    const ours = [...types].filter(([name]) => name.startsWith('framenest_'));
    expect(ours.length).toBeGreaterThan(15);
    for (const [name, type] of ours) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
    }
    for (const [name] of types) expect(name).toMatch(/^(framenest|process|nodejs)_/);
  });

  test('keep to the format whatever a stream is called', async () => {
    const name = 'a "door"\\\n{le="0.1"} 1é';
    const { url } = await serve([lightStream(name)]);
    expect(figure(await scrape(url), 'framenest_stream_frames_total', { stream: name })).toBe(0);
  });
});
