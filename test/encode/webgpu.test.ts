import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { tinyFolder } from '../support/tiny-onnx.ts';

/** Debian's chromium ships SwiftShader, a Vulkan in software: enough for WebGPU without a GPU, and very slow. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const present = existsSync(swiftShader);
if (!present && process.env['FRAMENEST_TEST_ALL'] === '1') {
  throw new Error(`FRAMENEST_TEST_ALL=1 asks for every test, but ${swiftShader} is missing: install chromium.`);
}

function encodeOn(device: string, folder: string, side: number): { device: string; features: number[] } {
  const child = fileURLToPath(new URL('../support/webgpu-child.mjs', import.meta.url));
  // The loader reads its environment once, so the device needs a process of its own.
  const env = { ...process.env, VK_ICD_FILENAMES: swiftShader };
  const { stdout, stderr } = spawnSync(process.execPath, [child, folder, device, String(side)], {
    encoding: 'utf8',
    env,
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout) as { device: string; features: number[] };
}

describe.skipIf(!present)('WebGPU, in software', () => {
  test('gives the features that the CPU gives', async () => {
    const model = { side: 48, patch: 8, channels: 6 };
    const folder = await tinyFolder(model);
    const gpu = encodeOn('webgpu', folder, model.side);
    const cpu = encodeOn('cpu', folder, model.side);
    expect([gpu.device, cpu.device]).toEqual(['webgpu', 'cpu']);
    expect(gpu.features.length).toBe(cpu.features.length);
    for (const [i, value] of gpu.features.entries()) expect(Math.abs(value - cpu.features[i]!)).toBeLessThan(1e-3);
  });
});
