import { afterEach, describe, expect, it, vi } from 'vitest';
import { clip } from '../support/clips.ts';
import { openError } from '../support/decoding.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the ffmpeg decoder without its program', () => {
  it('says where it looked', async () => {
    vi.stubEnv('FFMPEG_PATH', '/nowhere/bin/ffmpeg');
    const error = await openError(await clip('upright'), 'ffmpeg');
    expect(error.code).toBe('DECODER_MISSING');
    expect(error.what).toContain('FFMPEG_PATH="/nowhere/bin/ffmpeg"');
  });
});
