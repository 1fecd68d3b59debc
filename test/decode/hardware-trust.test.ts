import { HardwareTrust } from '#dist/decode/hardware-trust.js';
import { openSource } from '#dist/decode/open-source.js';
import type { FrameSource } from '#dist/media/frame-source.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clip } from '../support/clips.ts';
import { never, opening, smallTarget } from '../support/decoding.ts';

/** What becomes of a try: it is refused, or it is a connection that gives so many frames. */
type Fate = 'refused' | { readonly decoded: number; readonly discarded: number };

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.constant('refused' as const),
  fc.tuple(fc.nat(5), fc.nat(5)).map(([given, discarded]) => ({ decoded: given + discarded, discarded })),
);

/** The devices that were asked for, one a try, and for which tries a note was heard. */
async function tried(wanted: string, fates: readonly Fate[]): Promise<{ devices: string[]; noted: number[] }> {
  const [devices, noted]: [string[], number[]] = [[], []];
  const trust = new HardwareTrust(wanted, () => noted.push(devices.length - 1));
  for (const each of fates) {
    const open = (device: string) => {
      devices.push(device);
      if (each === 'refused') return Promise.reject(new Error('refused'));
      return Promise.resolve({ counts: { ...each, skipped: 0 } });
    };
    await trust.open(open).catch((error: unknown) => expect(error).toEqual(new Error('refused')));
  }
  return { devices, noted };
}

describe('whatever becomes of the connections', () => {
  test('the processor decodes after each in which the device gave next to nothing, and only then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 12 }), async (fates) => {
        const { devices, noted } = await tried('cuda', fates);
        let next = 'cuda';
        for (const [i, each] of fates.entries()) {
          expect(devices[i]).toBe(next);
          expect(noted.includes(i)).toBe(next === 'off' && each !== 'refused');
          // A camera that is not reached has proved nothing.
          if (each === 'refused') continue;
          next = next === 'cuda' && each.decoded - each.discarded < 3 ? 'off' : 'cuda';
        }
      }),
    );
  });

  test('it always does where no device is wanted, and nobody is told', async () => {
    const { devices, noted } = await tried('off', [
      { decoded: 0, discarded: 0 },
      'refused',
      { decoded: 1, discarded: 1 },
    ]);
    expect([devices, noted]).toEqual([['off', 'off', 'off'], []]);
  });
});

test('what a decoder has counted after frames that were given proves it, and what it counts at first does not', async () => {
  const path = await clip('constant');
  for (const [frames, next] of [
    [0, 'off'],
    [6, 'auto'],
  ] as const) {
    const devices: string[] = [];
    const trust = new HardwareTrust('auto', () => undefined);
    const open = (): Promise<FrameSource> =>
      trust.open((hwaccel) => {
        devices.push(hwaccel);
        return openSource(path, smallTarget, { ...opening('libav isolated'), hwaccel });
      });
    const source = await open();
    const given = source.frames(never);
    for (let i = 0; i < frames; i++) await given.next();
    await source.close();
    await (await open()).close();
    expect(devices).toEqual(['auto', next]);
  }
});
