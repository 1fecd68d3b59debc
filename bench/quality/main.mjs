// The quality of scale selection on any folder of videos: metrics Q1 to Q5 of docs/quality.md.
//   npm run bench:quality -- --videos DIR [--encoder DIR] [--score-encoder DIR] [--fps N] [--json FILE] [--quick]
import { writeFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { Command } from 'commander';
import { openEncoder } from 'framenest';
import { card, explainFailures, factsOf, positive } from './flags.mjs';
import { heldOutSpread, loadClip, sumClips } from './load-clip.mjs';
import { measureClip } from './measure-clip.mjs';
import { drawPlots } from './plots.mjs';
import { reactionsOf, slowChanges } from './reactions.mjs';
import { summarise } from './summary.mjs';
import { tables } from './tables.mjs';
import { videoFiles } from './video-files.mjs';

explainFailures();

const program = new Command('bench:quality')
  .description('measure the policies and every published rule on a folder of videos')
  .requiredOption('--videos <DIR>', 'folder of videos; classes.json in it gives each its content class')
  .option('--encoder <NAME>', 'encoder to select and score with: a known name or a folder', 'mobilenet-v2')
  .option('--encoder-card <FILE>', 'its model card, where the folder has none (default: none)')
  .option('--score-encoder <NAME>', 'second encoder, to score in what the first selected (default: none)')
  .option('--score-card <FILE>', 'its model card (default: none)')
  .option('--fps <N>', 'frames per second to sample', positive, 4)
  .option('--max-frames <N>', 'frames of each video at most, the first ones', positive, 320)
  .option('--seed <N>', 'of bootstrap, shuffling and events', positive, 1)
  .option('--json <FILE>', 'write the result here, and plots into a folder beside it (default: none)')
  .option('--quick', 'fewer methods, settings, frames and events, no nuisance: about two minutes on two cores', false)
  .parse();
const flags = program.opts();
const files = videoFiles(flags.videos);
// Quick: as many frames in all as two minutes allow, whatever the number of clips.
const most = flags.quick ? Math.max(12, Math.min(48, Math.floor(400 / files.length))) : flags.maxFrames;
const sampling = { fps: flags.fps, most };
const say = (text) => process.stderr.write(`${text}\n`);

const first = await openEncoder(flags.encoder, card(flags.encoderCard));
const second = flags.scoreEncoder && (await openEncoder(flags.scoreEncoder, card(flags.scoreCard)));
const encoders = [first, ...(second ? [second] : [])];
const sums = [];
for (const encoder of encoders) {
  sums.push(
    await sumClips(files, encoder, sampling, (n) => say(`${encoder.facts.name}: spread of ${n}/${files.length}`)),
  );
}

const clips = [];
const stills = [];
for (const [index, file] of files.entries()) {
  const loaded = [];
  for (const [i, encoder] of encoders.entries()) {
    loaded.push(await loadClip(file, encoder, sampling, heldOutSpread(sums[i], index), { small: i === 0 }));
  }
  say(`${file.name}: ${loaded[0].frames.length} frames (${index + 1}/${files.length})`);
  if (loaded[0].frames.length < 2) continue;
  const isFirstOfClass = clips.every((clip) => clip.class !== file.class);
  const measured = measureClip(loaded[0], loaded[1], { quick: flags.quick, seed: flags.seed });
  clips.push({
    ...measured,
    ...(await reactionsOf(loaded[0], first, { quick: flags.quick, nuisance: !flags.quick && isFirstOfClass })),
  });
  stills.push(loaded[0].rgb[Math.floor(loaded[0].rgb.length / 2)]);
}

const summary = summarise(clips, flags.seed);
if (!flags.quick) {
  const spread = heldOutSpread(sums[0], 0);
  summary.slow = await slowChanges(stills[0], stills.at(-1), first, flags.fps, spread);
}
const result = {
  command: `npm run bench:quality -- ${process.argv.slice(2).join(' ')}`,
  conventions:
    'bdRate: percent of tokens saved by summary.method at equal nmse, positive is fewer; null: no common nmse. ' +
    'events: by method, at tokensPerFrame of the clip without events; latencies in seconds, null: not within a second',
  encoder: factsOf(first),
  ...(second && { scoreEncoder: factsOf(second) }),
  fps: flags.fps,
  maxFrames: most,
  seed: flags.seed,
  node: process.version,
  clips,
  summary,
};
console.log(tables(result));
console.log(`encoder ${first.facts.digest}, ${flags.fps} frames/s, seed ${flags.seed}, at most ${most} frames a clip`);
if (flags.json) {
  const { dir, name } = parse(flags.json);
  const plots = drawPlots(join(dir, `${name}-plots`), result);
  writeFileSync(flags.json, `${JSON.stringify(result, undefined, 1)}\n`);
  say(`${flags.json}, ${plots.length} plots in ${dirname(plots[0])}`);
}
await Promise.all(encoders.map((encoder) => encoder.dispose()));
