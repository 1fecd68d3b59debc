import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEncoder } from '#dist/encode/open-encoder.js';
import { pool } from '#dist/scales/pool.js';
import { framenest, lastJson } from '../support/cli.ts';
import { clip } from '../support/clips.ts';
import { ask, exportScript, make, python, pythonEnv } from '../support/export-judge.ts';
import type { JudgeCommand } from '../support/export-judge.ts';
import { rejection } from '../support/rejection.ts';
import { toolOrSkip } from '../support/require-tool.ts';

const canRun = toolOrSkip(python, ['-c', 'import torch, numpy, onnx']);
const folder = mkdtempSync(join(tmpdir(), 'framenest-export-'));
/** Of --tiny: pixels of the input, and channels behind the projector. */
const [side, width] = [96, 96];
/** A slope with some disorder. */
const picture = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i / 40 + ((i * 7919) % 97)) % 256);

const at = (...names: string[]): string => join(folder, ...names);
const state = (family: string): string => at(`${family}.pt`);
const tiny = ['--random', '7', '--tiny'];

/** Milliseconds: each start of PyTorch takes seconds, on a busy machine ten. */
const slow = { timeout: 180_000 };

const exporting = (name: string, ...args: string[]): string[] => ['export', '--out', at(name), ...args];

/** The words with which each of these exports is refused, after `made` was done; none may leave a model behind. */
function refusals(commands: readonly JudgeCommand[], made: readonly JudgeCommand[] = []): string[] {
  const all = ask([...made, ...commands.map((args) => exporting('refused', ...args))]);
  const endings = all.slice(made.length);
  expect(all.slice(0, made.length).every(({ status }) => status === 0)).toBe(true);
  for (const { status, words } of endings) {
    expect(status).not.toBe(0);
    expect(words).toMatch(/^(export_m3|usage): /);
  }
  expect(existsSync(at('refused', 'model.onnx'))).toBe(false);
  return endings.map(({ words }) => words);
}

/** What PyTorch gives for the picture at a number of tokens: [tokens, width]. */
function expected(family: string, dtype: string, tokens: number): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(at(`${family}-${dtype}`, `${tokens}.f32`))).buffer);
}

const running = (family: string, dtype: string): string[] => {
  return ['run', state(family), dtype, at('picture.rgb'), at(`${family}-${dtype}`)];
};

/** What framenest gives for the picture with an exported folder, at each of these grid sides. */
async function encoded(name: string, sides: readonly number[], card = 'framenest.json'): Promise<Float32Array[]> {
  const opened = await openEncoder(at(name), { device: 'cpu', lanes: 1, threads: 1, card: at(name, card) });
  try {
    const grids = await Promise.all(sides.map((wanted) => opened.encode(picture, wanted)));
    expect(grids.map((grid) => [grid.side, grid.channels])).toEqual(sides.map((wanted) => [wanted, width]));
    expect(opened.facts).toMatchObject({ inputSide: side, channels: width, stage: 'post' });
    return grids.map((grid) => grid.data);
  } finally {
    await opened.dispose();
  }
}

/** The largest difference of two arrays of the same length. */
function apart(found: Float32Array, wanted: Float32Array): number {
  expect(found.length).toBe(wanted.length);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
}

const spread = (values: Float32Array): number => Math.max(...values) - Math.min(...values);
const cardOf = (name: string): unknown => JSON.parse(readFileSync(at(name, 'framenest.json'), 'utf8'));

beforeAll(() => {
  if (!canRun) return;
  writeFileSync(at('picture.rgb'), picture);
  make(
    ...['m3', 'llava', 'mqt'].map((family) => ['random', family, '7', state(family)]),
    ...['m3', 'llava', 'mqt'].map((family) => running(family, 'float32')),
    ...[running('m3', 'stored'), running('llava', 'float16'), running('llava', 'bfloat16')],
  );
}, slow.timeout);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!canRun)('the exported encoder', slow, () => {
  beforeAll(() => {
    make(
      exporting('m3', '--family', 'm3', ...tiny, '--license', 'MIT', '--source', 'a seed'),
      exporting('llava', '--family', 'llava', ...tiny),
      exporting('mqt', '--family', 'mqt', ...tiny, '--tokens', '16'),
      exporting('half', '--family', 'm3', ...tiny, '--dtype', 'float16', '--opset', '14'),
    );
  }, slow.timeout);

  it.each(['m3', 'llava'])('of %s gives what PyTorch gives, and its block means are those of M3', async (family) => {
    const sides = [24, 12, 6, 3, 1];
    const grids = await encoded(family, sides);
    for (const [level, grid] of grids.entries()) {
      const reference = expected(family, 'float32', sides[level]! ** 2);
      expect(spread(reference)).toBeGreaterThan(0.3);
      expect(apart(grid, reference)).toBeLessThan(1e-3);
      if (level === 0) continue;
      // P: pooled from the next finer scale or from the patches, the means are the same.
      const [fine, coarse] = [sides[level - 1]!, sides[level]!];
      const pooled = pool(grids[level - 1]!, fine, coarse, width, new Float32Array(coarse ** 2 * width));
      expect(apart(pooled, grid)).toBeLessThan(1e-5);
    }
  });

  it('of mqt gives for m tokens what PyTorch gives for the first m queries, the beginning of any larger m', async () => {
    const [most] = await encoded('mqt', [16], 'tokens-256.json');
    expect(spread(most!)).toBeGreaterThan(0.3);
    for (const tokens of [4, 16, 36, 64, 144, 256]) {
      const [found] = await encoded('mqt', [Math.sqrt(tokens)], `tokens-${tokens}.json`);
      expect(apart(found!, expected('mqt', 'float32', tokens))).toBeLessThan(1e-3);
      expect(apart(found!, most!.subarray(0, tokens * width))).toBe(0);
    }
  });

  it('of mqt has other digests for other numbers of tokens, and is no pyramid of means', async () => {
    const digests: string[] = [];
    for (const card of ['framenest.json', 'tokens-16.json', 'tokens-64.json']) {
      const encoder = await openEncoder(at('mqt'), { device: 'cpu', lanes: 1, card: at('mqt', card) });
      digests.push(encoder.facts.digest);
      await encoder.dispose();
    }
    expect(digests[0]).toBe(digests[1]);
    expect(digests[2]).not.toBe(digests[1]);
    const means = pool(expected('mqt', 'float32', 64), 8, 4, width, new Float32Array(16 * width));
    expect(apart(means, expected('mqt', 'float32', 16))).toBeGreaterThan(0.1);
  });

  it('keeps weights as float16 in half the file, within what their rounding changes', async () => {
    const [large, small] = ['m3', 'half'].map((name) => readFileSync(at(name, 'model.onnx')).length);
    expect(small! / large!).toBeLessThan(0.55);
    const [found] = await encoded('half', [24]);
    expect(apart(found!, expected('m3', 'stored', 576))).toBeLessThan(1e-3);
  });

  it('turns a clip into packets of the projected tokens', async () => {
    const flags = ['--encoder', at('m3'), '--device', 'cpu', '--fps', '5', '--out', at('parts'), '--json'];
    const ended = await framenest(['run', await clip('constant'), ...flags]);
    expect(ended).toMatchObject({ status: 0 });
    expect(cardOf('m3')).toMatchObject({ license: 'MIT', source: 'a seed' });
    const manifest: unknown = JSON.parse(readFileSync(at('parts', 'manifest.json'), 'utf8'));
    const report = lastJson(ended.stdout);
    expect(report['frames']).toBeGreaterThanOrEqual(12);
    expect(manifest).toMatchObject({
      stage: 'post',
      gridSide: 24,
      channels: width,
      ladder: [1, 9, 36, 144],
      frames: report['frames'],
      tokens: report['tokens'],
      complete: true,
    });
  });
});

describe.skipIf(!canRun)('a checkpoint', slow, () => {
  const layouts = [
    { layout: 'liuhaotian', family: 'm3', dtype: 'float32' },
    { layout: 'liuhaotian', family: 'mqt', dtype: 'float32' },
    { layout: 'llava-hf', family: 'llava', dtype: 'float16' },
    { layout: 'llava-hf-new', family: 'llava', dtype: 'bfloat16' },
  ];
  const vision = ['--vision', at('clip')];

  beforeAll(() => {
    make(
      ...layouts.map(({ layout, family }) => ['layout', state(family), layout, at(`${layout}-${family}`)]),
      ['layout', state('llava'), 'projector-alone', at('alone')],
      ['layout', state('llava'), 'clip', at('clip')],
      ...layouts.map(({ layout, family }) => {
        const name = `${layout}-${family}`;
        return exporting(`${name}-out`, '--family', family, '--checkpoint', at(name));
      }),
      exporting('alone-out', '--family', 'llava', '--checkpoint', at('alone'), ...vision),
    );
  }, slow.timeout);

  it.each(layouts)('of $family in the layout $layout gives back its weights', async ({ layout, family, dtype }) => {
    const tokens = family === 'mqt' ? 256 : 576;
    const name = `${layout}-${family}`;
    const [found] = await encoded(`${name}-out`, [Math.sqrt(tokens)]);
    expect(apart(found!, expected(family, dtype, tokens))).toBeLessThan(1e-3);
    expect(cardOf(`${name}-out`)).toMatchObject({ name, resize: 'pad' });
  });

  it('without a tower takes it from the folder of CLIP', async () => {
    const [found] = await encoded('alone-out', [24]);
    expect(apart(found!, expected('llava', 'float32', 576))).toBeLessThan(1e-3);
    expect(cardOf('alone-out')).toMatchObject({ name: 'alone', resize: 'crop' });
  });

  it('has one tower, its own where it has one', () => {
    const [none, two] = refusals([
      ['--family', 'm3', '--checkpoint', at('alone')],
      ['--family', 'm3', '--checkpoint', at('liuhaotian-m3'), ...vision],
    ]);
    expect(none).toMatch(/has no vision tower.*--vision.*M3 fine-tuned its tower/);
    expect(two).toMatch(/has a vision tower of its own/);
  });

  it('that misses a tensor, has one too many or a wrong one is refused by its name', () => {
    const tower = 'model.vision_tower.vision_tower.vision_model.';
    const changes: [string, RegExp][] = [
      [`-${tower}encoder.layers.1.mlp.fc2.bias`, /misses "encoder\.layers\.1\.mlp\.fc2\.bias"/],
      [`-${tower}embeddings.patch_embedding.weight`, /"embeddings\.patch_embedding\.weight" is missing/],
      [`+${tower}embeddings.patch_embedding.bias`, /has the unknown "embeddings\.patch_embedding\.bias"/],
      [`+${tower}pre_layrnorm.weight`, /"pre_layrnorm\.weight" of the vision tower .* is \[3\], expected \[128\]/],
      ['-model.mm_projector.2.bias', /the projector of .* misses "2\.bias"/],
      ['+model.mm_projector.4.weight', /has the unknown "4\.weight"/],
      [`~${tower}pre_layrnorm.bias`, /values that are no finite numbers/],
      ['+model.vision_tower.vision_model.pre_layrnorm.bias', /has "tower\.pre_layrnorm\.bias" twice/],
    ];
    const words = refusals(
      changes.map((_, i) => ['--family', 'm3', '--checkpoint', at(`changed-${i}`)]),
      changes.map(([change], i) => ['layout', state('m3'), 'liuhaotian', at(`changed-${i}`), change]),
    );
    for (const [i, [, pattern]] of changes.entries()) expect(words[i]).toMatch(pattern);
  });

  it('whose config asks for another use of the tower is refused', () => {
    const configs: [object, RegExp][] = [
      [{ image_aspect_ratio: 'anyres' }, /cuts pictures into tiles/],
      [{ mm_vision_select_layer: -1 }, /"mm_vision_select_layer": -1; only -2 is known/],
      [{ mm_projector_type: 'linear' }, /"mm_projector_type": 'linear'/],
      [{ vision_config: { patch_size: 4, hidden_act: 'gelu' } }, /"hidden_act": 'gelu'/],
    ];
    for (const [i, [config]] of configs.entries()) {
      cpSync(at('liuhaotian-m3'), at(`config-${i}`), { recursive: true });
      writeFileSync(at(`config-${i}`, 'config.json'), JSON.stringify(config));
    }
    const words = refusals(configs.map((_, i) => ['--family', 'm3', '--checkpoint', at(`config-${i}`)]));
    for (const [i, [, pattern]] of configs.entries()) expect(words[i]).toMatch(pattern);
  });

  it('of another family, cut short, half fetched, or with code in it is refused', () => {
    const names = ['half-fetched', 'cut', 'text', 'empty', 'code'];
    const from = (name: string): string => (name === names[0] ? 'liuhaotian-m3' : 'llava-hf-new-llava');
    for (const name of names) cpSync(at(from(name)), at(name), { recursive: true });
    unlinkSync(at('half-fetched', 'pytorch_model-00002-of-00002.bin'));
    for (const name of names.slice(3)) unlinkSync(at(name, 'model.safetensors'));
    const whole = readFileSync(at('cut', 'model.safetensors'));
    writeFileSync(at('cut', 'model.safetensors'), whole.subarray(0, -1000));
    writeFileSync(at('text', 'model.safetensors'), 'too short');
    // A pickle that would run os.system.
    writeFileSync(at('code', 'pytorch_model.bin'), `cos\nsystem\n(S'touch ${at('ran')}'\ntR.`);
    const patterns = [
      /names the shard .*, which is not there/,
      /bytes \d+ to \d+ are not/,
      /is no safetensors file/,
      /has no weights/,
      /is no PyTorch checkpoint of plain tensors/,
      /does not exist/,
      /"0\.weight" is missing/,
    ];
    const words = refusals(
      [...names, 'nowhere', 'liuhaotian-mqt'].map((name) => ['--family', 'llava', '--checkpoint', at(name)]),
    );
    for (const [i, pattern] of patterns.entries()) expect(words[i]).toMatch(pattern);
    expect(existsSync(at('ran'))).toBe(false);
  });
});

describe.skipIf(!canRun)('the folder', slow, () => {
  const random = ['--family', 'm3', ...tiny];
  /** The script in a process of its own. */
  const run = (...args: string[]) =>
    spawnSync(python, [exportScript, ...random, ...args], { encoding: 'utf8', env: pythonEnv });

  it('is not written over without --force, and is the same again with it', () => {
    const args = ['--out', at('twice')];
    expect(run(...args)).toMatchObject({ status: 0, stderr: '' });
    const [model, card] = ['model.onnx', 'framenest.json'].map((name) => readFileSync(at('twice', name)));
    const again = run(...args);
    expect(again).toMatchObject({ status: 1, stdout: '' });
    expect(again.stderr).toMatch(/^export_m3: .* already has model\.onnx and framenest\.json.*--force\.\n$/);
    const forced = run(...args, '--force');
    expect(forced.stdout).toMatch(/^Wrote .*: model\.onnx, SHA-256 [0-9a-f]{64}; framenest\.json\.\n$/);
    expect(readFileSync(at('twice', 'model.onnx')).equals(model!)).toBe(true);
    expect(readFileSync(at('twice', 'framenest.json')).equals(card!)).toBe(true);
    expect(readdirSync(at('twice')).sort()).toEqual(['framenest.json', 'model.onnx']);
  });

  it('whose model is not the one that the card names does not open', async () => {
    make(exporting('mixed', ...random), exporting('other', '--family', 'm3', '--random', '9', '--tiny'));
    writeFileSync(at('mixed', 'model.onnx'), readFileSync(at('other', 'model.onnx')));
    expect(await rejection(openEncoder(at('mixed')))).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('is refused for options that do not go together', () => {
    const words = refusals([
      ['--family', 'mqt', ...tiny, '--tokens', '8'],
      [...random, '--opset', '9'],
      ['--family', 'm3', '--checkpoint', folder, '--tiny'],
    ]);
    expect(words[0]).toMatch(/--tokens is 8: a card can read 4, 16, 36, 64, 144, 256 of --family mqt/);
    expect(words[1]).toMatch(/--opset is 9: expected 14 to 20/);
    expect(words[2]).toMatch(/--tiny goes with --random/);
  });
});
