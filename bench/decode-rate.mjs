import { spawnSync } from 'node:child_process';
import { lastValueFrom } from 'rxjs';
import { StreamCounts, decodeTarget, openSource, pipeline } from 'framenest';
import { alternate } from './median.mjs';
import { busyClip, ffmpeg } from './clips.mjs';
import { noEncoder } from './stand-ins.mjs';

/**
 * Every frame of a 1080p clip through the whole pipeline but the encoder, against ffmpeg decoding and scaling alone.
 * @param kernel - that ffmpeg scales with; its own default (bicubic) is the rival that has an aim, ours the fair one
 */
export async function decodeRate(facts, rounds, kernel = undefined) {
  const clip = busyClip();
  const side = `scale=${facts.inputSide}:${facts.inputSide}${kernel ? `:flags=${kernel}` : ''},format=rgb24`;
  let frames = 0;
  const ours = async () => {
    const started = performance.now();
    const counts = new StreamCounts();
    const source = await openSource(clip, decodeTarget(facts, 'native'));
    await lastValueFrom(pipeline({ source, encoder: noEncoder(facts), sink: () => undefined, counts }));
    frames = counts.frames;
    return (1000 * frames) / (performance.now() - started);
  };
  const rival = () => {
    const started = performance.now();
    const { status } = spawnSync(ffmpeg, ['-loglevel', 'error', '-i', clip, '-vf', side, '-f', 'null', '-']);
    if (status !== 0) throw new Error(`ffmpeg failed on ${clip}`);
    return (1000 * frames) / (performance.now() - started);
  };
  const figure = await alternate(rounds, ours, rival);
  return {
    name: 'decode + score + choose + pack, every frame of 1080p H.264',
    unit: 'frames/s',
    rivalName: `ffmpeg -vf ${side} -f null`,
    target: kernel ? 'none set' : '≥ 0.90',
    reached: kernel ? undefined : figure.ratio >= 0.9,
    ...figure,
  };
}
