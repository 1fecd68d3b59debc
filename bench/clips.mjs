import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const folder = join(tmpdir(), 'framenest-bench');

/** The system's ffmpeg: the rival of the decoder, and what makes the clips. */
export const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';

/** Whether there is one. */
export function hasFfmpeg() {
  return spawnSync(ffmpeg, ['-version']).status === 0;
}

/** 1920×1080 H.264 at 4 Mbit/s, 30 frames/s, 20 s: a moving test picture with noise. Made on first use. */
export function busyClip() {
  const noise = 'testsrc2=size=1920x1080:rate=30:duration=20,noise=alls=6:allf=t';
  return make('busy-1080p.mp4', [
    '-f',
    'lavfi',
    '-i',
    noise,
    '-c:v',
    'libx264',
    '-preset',
    'fast',
    '-b:v',
    '4M',
    '-pix_fmt',
    'yuv420p',
  ]);
}

/** A clip repeated until it is so many seconds long, without decoding it. Made on first use. */
export function repeated(clip, seconds) {
  return make(`repeated-${seconds}s.mp4`, [
    '-stream_loop',
    '-1',
    '-i',
    clip,
    '-t',
    String(seconds),
    '-c',
    'copy',
    '-an',
  ]);
}

function make(name, args) {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync(ffmpeg, ['-y', '-loglevel', 'error', ...args, path]);
  if (status !== 0) throw new Error(`ffmpeg could not make ${name}: ${stderr}`);
  return path;
}
