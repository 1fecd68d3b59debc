// The figures of docs/performance.md: each beside its rival, measured in the same run.
//   npm run bench [-- --quick]
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { decodeTarget, openEncoder, openSource, sampleClip } from 'framenest';
import { hasFfmpeg } from './clips.mjs';
import { decodeRate } from './decode-rate.mjs';
import { encoderRate } from './encoder-rate.mjs';
import { peakMemory } from './peak-memory.mjs';
import { scoreCost } from './score-cost.mjs';
import { selectCost } from './select-cost.mjs';

const rounds = process.argv.includes('--quick') ? 1 : 5;
const clip = await sampleClip();
const encoder = await openEncoder('mobilenet-v2');
const { facts } = encoder;
const folder = new URL('../encoders/mobilenet-v2/', import.meta.url);
const card = JSON.parse(readFileSync(new URL('framenest.json', folder), 'utf8'));
const model = { path: fileURLToPath(new URL(card.file, folder)), input: card.inputName, output: card.outputName };

const source = await openSource(clip, decodeTarget(facts, 5));
const frames = [];
for await (const frame of source.frames(new AbortController().signal)) frames.push(frame);

/** Long enough that the first and the last frame, which run alone, do not show. */
const repeat = (all, times) => Array.from({ length: times }, () => all).flat();

const rows = [];
const add = (figure) => {
  rows.push(figure);
  process.stderr.write(`${figure.name}: ${figure.ratio.toFixed(3)}\n`);
};
add(scoreCost(facts, frames));
for (const figure of selectCost()) add(figure);
for (const figure of await encoderRate(encoder, model, source.facts, repeat(frames, 4), rounds)) add(figure);
if (hasFfmpeg()) {
  add(await decodeRate(facts, rounds));
  add(await decodeRate(facts, rounds, facts.resample));
  add(peakMemory(clip, Math.min(3, rounds), '10'));
} else {
  process.stderr.write('No ffmpeg here: the decoder has no rival and the long clips cannot be made.\n');
}
await encoder.dispose();

const head = ['figure', 'ours', 'rival', 'ratio', 'target', 'reached'];
const table = new Table({ head, style: { head: [], border: [] } });
for (const { name, unit, ours, rival, rivalName, ratio, target, reached } of rows) {
  const number = (value) => `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
  table.push([
    name,
    number(ours),
    `${number(rival)}\n${rivalName}`,
    ratio.toFixed(3),
    target,
    { true: 'yes', false: 'NO' }[reached] ?? '',
  ]);
}
const [{ model: processor = 'unknown' } = {}] = cpus();
console.log(table.toString());
console.log(
  `${cpus().length} × ${processor}, Node ${process.version}, encoder ${facts.digest}, medians of ${rounds} rounds`,
);
