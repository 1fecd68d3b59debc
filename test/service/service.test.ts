import { parseConfig } from '#dist/config/parse-config.js';
import { FramenestError } from '#dist/errors.js';
import { Service } from '#dist/service/service.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clip } from '../support/clips.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { rejection } from '../support/rejection.ts';

const log = pino({ level: 'silent' });

/** A service over sources in the file's words. */
async function serve(sources: readonly object[], encoder = new PatchMeanEncoder({ side: 96 })): Promise<Service> {
  const config = parseConfig(JSON.stringify({ listen: { port: 0 }, data: { dir: 'off' }, sources }));
  const service = await Service.start({ config, encoder, log, name: 'test' }, new AbortController().signal);
  onTestFinished(() => service.close());
  return service;
}

const live = { input: 'lavfi:testsrc2=size=96x96:rate=10,realtime', live: true };

describe('a service', () => {
  test('whose encoder has given up says that it wants to be started again', async () => {
    let give: (error: FramenestError) => void = () => undefined;
    const failed = new Promise<FramenestError>((resolve) => (give = resolve));
    const encoder = Object.assign(new PatchMeanEncoder({ side: 96 }), { failed });
    const service = await serve([{ name: 'a', ...live }], encoder);
    const health = async (): Promise<number> => (await fetch(`${service.url.replace('ws', 'http')}/healthz`)).status;
    expect(await health()).toBe(200);
    const error = new FramenestError('ENCODER_FAILED', { what: 'It died again.', mend: 'Start it anew.' });
    give(error);
    expect(await service.broken).toBe(error);
    expect(await health()).toBe(503);
  });

  test('starts with what it can open, and not at all where it can open nothing', async () => {
    const gone = { name: 'gone', input: '/no/such/file.mp4' };
    const service = await serve([gone, { name: 'file', input: await clip('constant') }]);
    expect([...service.streams.keys()]).toEqual(['file']);
    expect((await rejection(serve([gone]))).code).toBe('INPUT_MISSING');
  });

  test('gives nothing up where a source that is added cannot be opened', async () => {
    const service = await serve([{ name: 'a', ...live }]);
    const [added] = parseConfig(JSON.stringify({ sources: [{ name: 'gone', input: '/no/such/file.mp4' }] })).sources;
    await service.apply({ added: [added!], changed: [], removed: [], needsRestart: [] });
    expect([...service.streams.keys()]).toEqual(['a']);
  });

  test('keeps the sequence of a source that is changed, also where it cannot be opened in between', async () => {
    const source = (input: string) => parseConfig(JSON.stringify({ sources: [{ name: 'a', input }] })).sources[0]!;
    const service = await serve([{ name: 'a', input: await clip('constant') }]);
    const change = async (input: string): Promise<void> => {
      await service.apply({ added: [], changed: [source(input)], removed: [], needsRestart: [] });
    };
    const first = service.streams.get('a')!;
    first.read('start');
    await first.whenEnded();
    const { packets } = first.totals;
    await change('/no/such/file.mp4');
    expect(service.streams.has('a')).toBe(false);
    await change(await clip('variable'));
    const second = service.streams.get('a')!;
    expect(second.log.next).toBe(packets);
    const reader = second.read(packets);
    expect(await reader.ready(new AbortController().signal)).toBe('packet');
    const item = reader.take();
    const { header } = decodePacket((item as Extract<typeof item, { type: 'packet' }>).packet.bytes);
    expect(header).toMatchObject({ sequence: packets, epoch: 1 });
  });

  test('closes twice as well as once', async () => {
    const service = await serve([{ name: 'a', ...live }]);
    await Promise.all([service.close(), service.close()]);
    expect(service.streams.get('a')!.ended).toBe(true);
  });
});
