// Whether the constants of the selector hold on clips that they were not chosen on: docs/quality.md.
//   npm run bench:tune -- --videos DIR [--encoder DIR] [--fps N] [--max-frames N] [--tune-frames N] [--json FILE]
import { writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { Command } from 'commander';
import { openEncoder } from 'framenest';
import { PERSISTENCE } from '#dist/scales/feature-residual.js';
import { card, explainFailures, factsOf, positive } from './flags.mjs';
import { halvesOf } from './halves.mjs';
import { heldOutSpread, loadClip, sumClips } from './load-clip.mjs';
import { GRID, PRICES, SOME_PRICES, savingOn, startOf, tuneHalves } from './tuning.mjs';
import { videoFiles } from './video-files.mjs';

explainFailures();

const flags = new Command('bench:tune')
  .description('tune the constants of the selector on one half of a folder of videos, report them on the other')
  .requiredOption('--videos <DIR>', 'folder of videos; classes.json in it gives each its content class')
  .option('--encoder <NAME>', 'encoder to select and score with: a known name or a folder', 'mobilenet-v2')
  .option('--encoder-card <FILE>', 'its model card, where the folder has none (default: none)')
  .option('--fps <N>', 'frames per second to sample', positive, 4)
  .option('--max-frames <N>', 'frames of each video to report on at most, the first ones', positive, 240)
  .option('--tune-frames <N>', 'of these, frames to tune on at most', positive, 60)
  .option('--seed <N>', 'of the bootstrap', positive, 1)
  .option('--json <FILE>', 'write the result here, with every point tried (default: none)')
  .parse()
  .opts();
const started = performance.now();
const say = (text) => process.stderr.write(`${Math.round((performance.now() - started) / 1000)} s: ${text}\n`);
const files = videoFiles(flags.videos);
const halves = halvesOf(files);
const sampling = { fps: flags.fps, most: flags.maxFrames };

const encoder = await openEncoder(flags.encoder, card(flags.encoderCard));
const sums = await sumClips(files, encoder, sampling, (n) => say(`spread of ${n}/${files.length}`));
const clips = [];
for (const [index, file] of files.entries()) {
  const clip = await loadClip(file, encoder, sampling, heldOutSpread(sums, index), { small: false });
  say(`${file.name}: ${clip.frames.length} frames`);
  if (clip.frames.length < 2) continue;
  const tuning = savingOn(startOf(clip, flags.tuneFrames), SOME_PRICES);
  clips.push({ name: file.name, half: halves[file.name], tuning, report: savingOn(clip, PRICES) });
}
const facts = factsOf(encoder);
await encoder.dispose();
for (const half of ['A', 'B']) {
  if (clips.some((clip) => clip.half === half)) continue;
  throw new RangeError(`Half ${half} has no clip of two frames or more. Give --videos a folder with more videos.`);
}

const { tried, ...result } = tuneHalves(clips, PERSISTENCE, {
  seed: flags.seed,
  onPoint: (half, figure) => say(`half ${half}: ${figure.toFixed(2)} %`),
});
console.log(describe(result));
const minutes = (performance.now() - started) / 60_000;
const points = tried.A.length + tried.B.length;
console.log(
  `encoder ${facts.digest}, ${flags.fps} frames/s, at most ${flags.maxFrames} frames a clip, ${flags.tuneFrames} to tune on; ` +
    `${points} points tried, ${minutes.toFixed(1)} minutes`,
);
if (flags.json) {
  const command = `npm run bench:tune -- ${process.argv.slice(2).join(' ')}`;
  const sample = {
    fps: flags.fps,
    maxFrames: flags.maxFrames,
    tuneFrames: flags.tuneFrames,
    seed: flags.seed,
    node: process.version,
    minutes,
  };
  const full = { command, encoder: facts, ...sample, grid: GRID, halves, ...result, tried };
  writeFileSync(flags.json, `${JSON.stringify(full, undefined, 1)}\n`);
}

/** The result as text. */
function describe({ rows, gain, byValue, clips: each }) {
  const plain = { style: { head: [], border: [] } };
  const names = Object.keys(GRID);
  const one = (value) => value.toFixed(1);
  const head = ['constants', 'on A', 'on B', 'tuning on A', 'tuning on B', ...names];
  const figures = new Table({ head, ...plain });
  for (const [name, { constants, A, B, tuning }] of Object.entries(rows)) {
    const cells = [A, B, tuning.A, tuning.B].map(one);
    figures.push([name, ...cells, ...names.map((constant) => constants[constant])]);
  }
  const values = new Table({ head: ['constant', 'values', 'on A', 'on B', 'shipped, on A'], ...plain });
  const list = (numbers) => numbers.map(one).join(', ');
  for (const name of names) {
    const around = [byValue.A, byValue.B, byValue.shipped].map((figure) => list(figure[name]));
    values.push([name, GRID[name].join(', '), ...around]);
  }
  const perClip = new Table({ head: ['clip', 'half', 'shipped', 'chosen on A', 'chosen on B'], ...plain });
  for (const { name, half, shipped, chosenOnA, chosenOnB } of each) {
    perClip.push([name, half, one(shipped), one(chosenOnA), one(chosenOnB)]);
  }
  const interval = ({ mean, low, high }) => `${one(mean)} (${one(low)} … ${one(high)})`;
  return [
    'Tokens saved at equal distortion, percent, mean over clips and over every-kth-144 and dtd',
    figures.toString(),
    'Points that chosen constants save more than the shipped ones, on clips that they were not chosen on (95 % interval)',
    `chosen on A, on B: ${interval(gain.A)}; chosen on B, on A: ${interval(gain.B)}; both: ${interval(gain.both)}`,
    'What each constant does on its half, the others as chosen there; on A, the others as shipped, all frames and prices',
    values.toString(),
    perClip.toString(),
  ].join('\n');
}
