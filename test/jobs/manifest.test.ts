import { readManifest } from '#dist/jobs/manifest.js';
import { describe, expect, test } from 'vitest';
import { madeFacts } from '../support/made-facts.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';

/** As it was written before there were layouts. */
const { layout, ...older } = madeFacts;
const facts = { format: 'framenest.v1', complete: true, ...older, frames: 0, tokens: 0, parts: [] };

describe('a manifest', () => {
  test('from before there were layouts is of whole frames', async () => {
    const folder = await temporaryFolder({ 'manifest.json': facts });
    expect((await readManifest(folder)).layout).toBe(layout);
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
