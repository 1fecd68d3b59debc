import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { Running, root } from '../support/cli.ts';
import { clip } from '../support/clips.ts';

const names = readdirSync(join(root, 'samples')).filter((name) => name.endsWith('.mjs'));
let video = '';
beforeAll(async () => {
  video = await clip('long');
});

/** What each sample must show for a video of ten seconds at two frames a second. */
const shows: Record<string, RegExp> = {
  '01-tokens-of-a-video.mjs': /^0:00:00\.000 uniform +144 tokens change 1\.000 165888 B\n/,
  '02-compare-policies.mjs': /fixed:144 +\d+ tokens (\d+) of \1 frames encoded\n(.*\n)+fixed:1 /,
  '03-own-operators.mjs': /^0:00:00\.000 first 1\.000\n/,
  '04-serve-and-subscribe.mjs': /client: (\d+ tokens, mean square [\d.]+)\n.*client: \1\n$/,
  '05-part-files.mjs': /encoder runs\npart-00000\.safetensors: \d+ frames of F16 × 576, finest 144 tokens\n$/,
  '06-rebuild-grids.mjs':
    /^0:00:00\.000 tree +\d+ tokens → 12×12 grid, mean square [\d.]+\n(.*\n)+\d+ tokens in all\n$/,
  '07-camera-events.mjs':
    /^the camera is connecting, epoch 0\n(.*\n)*lost INPUT_ENDED\n\d+ frames became packets, \d+ were dropped, the encoder ran \d+ times\n$/,
  '08-resume.mjs':
    /^connecting\nopen\nwaiting: CONNECTION_LOST\n(.*\n)*\d+ packets, each one once and in order\n(closed\n)?$/,
  '09-ask-a-model.mjs': /^\[0:00:00\.0\]\n(.*\n)+\d+ tokens after [1-9]\d* cuts; \d+ of \d+ frames merged\n$/,
};

test('there is a check for every sample', () => {
  expect(Object.keys(shows)).toEqual(names);
});

test.each(names)('%s runs to its end on a video of one own, in less than 60 lines', async (name) => {
  const path = join(root, 'samples', name);
  const { status, stdout, stderr } = await new Running(process.execPath, [path, video]).ended();
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(shows[name]!);
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.length).toBeLessThan(60);
  expect(lines[0]).toMatch(/^\/\/ /);
  expect(lines.slice(0, 4)).toContain(`//   node samples/${name} [video]`);
});
