// Puts the tables of runs of `bench:quality` into docs/quality.md:
//   npm run docs:quality -- --run MobileNetV2=FILE.json --run ViT-Tiny=FILE.json
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { explainFailures } from '../flags.mjs';
import { halvesOf } from '../halves.mjs';
import { fillTables } from './fill.mjs';
import { reactionTables } from './reactions.mjs';
import { savingTables } from './savings.mjs';

explainFailures();

const { run: runs, page } = new Command('docs:quality')
  .description('put the tables of runs of bench:quality over the same clips into docs/quality.md')
  .requiredOption(
    '--run <NAME=FILE>',
    'name of the encoder and JSON file of its run; once for each of two runs',
    addRun,
  )
  .option(
    '--page <FILE>',
    'page with a mark for each table',
    new URL('../../../docs/quality.md', import.meta.url).pathname,
  )
  .parse()
  .opts();

const tables = { ...savingTables(runs, halvesOf(runs[0].result.clips)), ...reactionTables(runs) };
writeFileSync(page, fillTables(readFileSync(page, 'utf8'), tables));

/** Reads one run and adds it to those before. */
function addRun(text, before = []) {
  const [, encoder, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (file === undefined) throw new InvalidArgumentError('Write NAME=FILE.');
  const run = { encoder, result: JSON.parse(readFileSync(file, 'utf8')) };
  if (before.some(({ result }) => !sameClips(result, run.result))) {
    throw new InvalidArgumentError('Its clips are not those of the run before.');
  }
  return [...before, run];
}

function sameClips(one, other) {
  return JSON.stringify(one.clips.map(({ name }) => name)) === JSON.stringify(other.clips.map(({ name }) => name));
}
