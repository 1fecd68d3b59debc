import { describe, expect, it } from 'vitest';
import { openSource } from '#dist/decode/open-source.js';
import type { OpenOptions } from '#dist/decode/open-source.js';
import type { FrameSource } from '#dist/media/frame-source.js';
import type { Frame } from '#dist/media/frame.js';
import { children, processes } from '../support/children.ts';
import { everyDecoder, never, opening, smallTarget } from '../support/decoding.ts';
import { hasRtspServer, rtspCamera } from '../support/rtsp-camera.ts';

async function firstFrames(source: FrameSource, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of source.frames(never)) {
    frames.push(frame);
    if (frames.length === count) break;
  }
  return frames;
}

describe.skipIf(!hasRtspServer).each(everyDecoder)('a camera over RTSP, decoded by %s', (decoder) => {
  const open = (url: string, options: OpenOptions = {}): Promise<FrameSource> =>
    openSource(url, smallTarget, { ...opening(decoder), ...options });

  it.each(['tcp', 'udp'] as const)('is live and gives frames with ascending pts until it is left (%s)', async (way) => {
    const before = Date.now();
    const source = await open(`rtsp://${await rtspCamera()}`, { transport: way });
    expect(source.facts).toMatchObject({ live: true, codec: 'h264', width: 640, height: 360 });
    expect(source.facts.durationS).toBeUndefined();
    const frames = await firstFrames(source, 30);
    expect(frames).toHaveLength(30);
    expect(frames[0]!.keyframe).toBe(true);
    for (const [i, { pts }] of frames.entries()) if (i > 0) expect(pts).toBeGreaterThan(frames[i - 1]!.pts);
    const clock = frames.map(({ wallclockUs }) => Number(wallclockUs) / 1000);
    expect(clock).toEqual([...clock].sort((a, b) => a - b));
    expect(clock[0]).toBeGreaterThanOrEqual(before);
    expect(clock.at(-1)).toBeLessThanOrEqual(Date.now());
    expect(children().filter((line) => !line.includes('rtsp-server'))).toEqual([]);
  });

  it('takes its password, and never shows it', async () => {
    const address = await rtspCamera('viewer', 'open-sesame');
    const source = await open(`rtsp://viewer:open-sesame@${address}`);
    expect(JSON.stringify(source.facts, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))).not.toContain(
      'sesame',
    );
    const shown = processes().find(({ pid }) => pid === source.facts.pid);
    expect(shown?.commandLine ?? '').not.toContain('sesame');
    await source.close();
    const refused: unknown = await open(`rtsp://viewer:wrong-sesame@${address}`).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'INPUT_UNREACHABLE' });
    expect(String(refused)).not.toContain('sesame');
  });
});
