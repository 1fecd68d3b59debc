import { FramenestError } from '#dist/errors.js';
import type { Packet } from '#dist/media/packet.js';
import type { StreamMoment } from '#dist/operators/note-moments.js';
import { StreamCounts } from '#dist/operators/measure.js';
import type { PipelineParts } from '#dist/pipeline/pipeline.js';
import { checkPipeline, pipeline } from '#dist/pipeline/pipeline.js';
import { parsePipelineOptions } from '#dist/pipeline/pipeline-options.js';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../support/error-code.ts';
import { PaintedSource } from '../support/painted-source.ts';
import type { Painting } from '../support/painted-source.ts';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';
import { brighter, scenery } from '../support/picture.ts';
import { sleep, until } from '../support/sleep.ts';

const SMALL = 96;
const [day, night] = [scenery(SMALL, 1), scenery(SMALL, 2)];
/** Shows another scene from frame 20 on. */
const twoScenes = (count: number, more: Partial<Painting> = {}): PaintedSource =>
  new PaintedSource({ count, paint: (i) => (i < 20 ? day : night), ...more });
const encoder = new PatchMeanEncoder({ side: SMALL });
const run = (parts: Partial<PipelineParts> & Pick<PipelineParts, 'source'>): Promise<Packet[]> =>
  lastValueFrom(pipeline({ encoder, sink: () => undefined, ...parts }).pipe(toArray()));

describe('a pipeline that goes on where another ended', () => {
  test('numbers its packets from where it was told to, without a gap', async () => {
    const packets = await run({ source: twoScenes(5), firstSequence: 1000, options: { epoch: 3 } });
    expect(packets.map(({ header }) => [header.sequence, header.epoch])).toEqual(
      [0, 1, 2, 3, 4].map((i) => [1000 + i, 3]),
    );
  });
});

describe('who listens to a pipeline', () => {
  test('hears of the cut, by the place of its packet among the packets', async () => {
    const moments: StreamMoment[] = [];
    const source = twoScenes(30, { part: (i) => ({ wallclockUs: BigInt(i) }) });
    const packets = await run({ source, onMoment: (moment) => moments.push(moment) });
    const cuts = moments.filter(({ kind }) => kind === 'cut');
    expect(cuts).toEqual([{ kind: 'cut', index: 20, wallclockUs: 20n }]);
    expect(packets[20]!.header.wallclockUs).toBe(20n);
    expect(packets[20]!.frames[0]).toMatchObject({ kind: 'uniform', scale: 144 });
  });
});

describe('the counts of a pipeline', () => {
  test('of one that ran to its end: what was taken became packets, and nothing is lost', async () => {
    const counts = new StreamCounts();
    await run({ source: twoScenes(30), counts });
    expect(counts).toMatchObject({ inFlight: 0, frames: 30, lost: 0, cuts: 1, clockJumps: 0 });
  });

  test('of one that is cut off: what was taken became packets or is lost', async () => {
    const counts = new StreamCounts();
    const slow = new PatchMeanEncoder({ side: SMALL, takesMs: () => 5 });
    const options = { policy: 'fixed:9', window: 8 };
    const running = pipeline({ source: twoScenes(500), encoder: slow, sink: () => undefined, counts, options });
    const subscription = running.subscribe();
    await until(() => counts.frames > 5);
    const { inFlight } = counts;
    subscription.unsubscribe();
    const { frames, lost } = counts;
    // Those that the pipeline had taken, and one that it had asked for.
    expect(lost - inFlight).toBeGreaterThanOrEqual(0);
    expect(lost - inFlight).toBeLessThanOrEqual(1);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThanOrEqual(8);
    await sleep(30);
    expect([counts.inFlight, counts.frames, counts.lost]).toEqual([0, frames, lost]);
  });

  test('balance over runs one after another, some of which break off', async () => {
    const counts = new StreamCounts();
    let decoded = 0;
    const died = new FramenestError('ENCODER_FAILED', { what: 'It died.', mend: 'Start it again.' });
    for (const at of [3, Infinity, 0, 12]) {
      const fails = (i: number): Error | undefined => (i === at ? died : undefined);
      const mortal = new PatchMeanEncoder({ side: SMALL, fails, takesMs: () => 1 });
      const source = twoScenes(25, { live: true, everyMs: 1 });
      await run({ source, encoder: mortal, counts, options: { policy: 'fixed:9' } }).catch(() => undefined);
      decoded += source.counts.decoded;
      expect(counts.frames + counts.dropped + counts.lost).toBe(decoded);
      expect(counts.inFlight).toBe(0);
    }
    expect(counts.frames).toBeGreaterThan(0);
    expect(counts.lost).toBeGreaterThan(0);
  });

  test('tell which frames of a camera became packets and which were let go: together what it made', async () => {
    const counts = new StreamCounts();
    const source = twoScenes(100, { live: true, everyMs: 1 });
    const packets = await run({ source, sink: () => sleep(8), counts, options: { policy: 'fixed:9' } });
    const dropped = packets.reduce((sum, { frames }) => sum + frames[0]!.droppedBefore, 0);
    expect(counts).toMatchObject({ inFlight: 0, frames: packets.length, lost: 0, dropped });
    expect(dropped).toBeGreaterThan(0);
    expect(packets.length + dropped).toBe(source.counts.decoded);
  });
});

describe('how many frames are on their way', () => {
  /** The most frames that a pipeline had taken and not delivered, while its sink took its time. */
  async function most(live: boolean, options: PipelineParts['options'] = {}): Promise<number> {
    const counts = new StreamCounts();
    let [seen, delivered] = [0, 0];
    const sink = async (): Promise<void> => {
      await sleep(15);
      seen = Math.max(seen, counts.inFlight + counts.frames - delivered++);
    };
    const source = twoScenes(60, { live, everyMs: live ? 1 : 0 });
    await run({ source, sink, counts, options: { policy: 'fixed:9', ...options } });
    return seen;
  }

  test('is 16 of a file, 4 of a camera, or what the option says', async () => {
    expect(await most(false)).toBe(16);
    expect(await most(true)).toBe(4);
    expect(await most(false, { window: 3 })).toBe(3);
    expect(await most(true, { window: 6 })).toBe(6);
  });
});

describe('a camera that is about to lose frames', () => {
  /** How many of its frames were held, where the light is another in each and the sink takes its time. */
  async function held(live: boolean): Promise<number> {
    const counts = new StreamCounts();
    // Seven levels of light, 20 grey levels apart or more: however many are let go, the next one is another.
    const source = new PaintedSource({ count: 90, live, everyMs: 2, paint: (i) => brighter(day, 20 * ((3 * i) % 7)) });
    await run({ source, counts, sink: () => sleep(6), options: { window: 4, price: 20_000, camera: false } });
    expect(counts.frames).toBeGreaterThan(10);
    return counts.held;
  }

  test('encodes less before it drops more; a file waits, and is encoded as it always is', async () => {
    expect(await held(false)).toBe(0);
    expect(await held(true)).toBeGreaterThan(5);
  });
});

describe('a check without a source', () => {
  test('gives the options with every default', () => {
    const options = { stream: 'door', policy: 'fixed:9', ladder: [1, 9] };
    expect(checkPipeline(encoder, options)).toEqual(parsePipelineOptions(options));
    expect(checkPipeline(encoder)).toEqual(parsePipelineOptions({}));
  });

  test.each([
    ['OPTION_INVALID', { window: 0 }],
    ['OPTION_INVALID', { policy: 'best' }],
    ['OPTION_INVALID', { policy: 'budget', budget: 9 }],
    ['LADDER_INVALID', { ladder: [1, 25] }],
    ['LADDER_INVALID', { policy: 'fixed:64' }],
    [undefined, { policy: 'rate', tokensPerSecond: 50 }],
  ])('says %s of %j', (code, options) => {
    expect(codeOf(() => checkPipeline(encoder, options))).toBe(code);
  });
});
