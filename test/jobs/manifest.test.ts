import { readManifest } from '#dist/jobs/manifest.js';
import { describe, expect, test } from 'vitest';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';

const facts = {
  format: 'framenest.v1',
  complete: true,
  input: 'made',
  decoder: 'libav',
  encoder: 'made',
  encoderDigest: 'sha256:made',
  stage: 'pre',
  gridSide: 24,
  channels: 2,
  ladder: [1, 9],
  policy: 'change',
  dtype: 'F16',
  fps: 2,
  timebase: '1/25',
  frames: 0,
  tokens: 0,
  parts: [],
};

describe('a manifest', () => {
  test('from before there were layouts is of whole frames', async () => {
    const folder = await temporaryFolder({ 'manifest.json': facts });
    expect((await readManifest(folder)).layout).toBe('uniform');
  });

  test('knows two layouts and refuses any other', async () => {
    for (const layout of ['uniform', 'tree'] as const) {
      const folder = await temporaryFolder({ 'manifest.json': { ...facts, layout } });
      expect((await readManifest(folder)).layout).toBe(layout);
    }
    const folder = await temporaryFolder({ 'manifest.json': { ...facts, layout: 'graph' } });
    const error = await rejection(readManifest(folder));
    expect(error.code).toBe('PART_BROKEN');
    expect(error.what).toContain('layout');
  });
});
