import { decodeTarget } from '#dist/pipeline/decode-target.js';
import { expect, test } from 'vitest';
import { PatchMeanEncoder } from '../support/patch-mean-encoder.ts';

test('a decoder is asked for the size and shape that the encoder wants', () => {
  const { facts } = new PatchMeanEncoder({ side: 96 });
  const target = { side: 96, resize: 'stretch', resample: 'bicubic', padColor: [0, 0, 0] };
  expect(decodeTarget(facts, 'native')).toEqual({ ...target, fps: 'native' });
  expect(decodeTarget(facts, 2.5)).toEqual({ ...target, fps: 2.5 });
  expect(decodeTarget({ ...facts, resample: 'bilinear' }, 2.5)).toEqual({ ...target, resample: 'bilinear', fps: 2.5 });
});
