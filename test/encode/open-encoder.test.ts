import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openEncoder } from '#dist/encode/open-encoder.js';

/** A folder with `vit_tiny_patch16_384/model.onnx`: a real ViT, which the project does not carry. */
const models = process.env['FRAMENEST_REFERENCE_MODELS'];
const card = fileURLToPath(new URL('../support/cards/vit-tiny/framenest.json', import.meta.url));

/** A picture whose left half is dark and whose right half is bright. */
function halves(side: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: side * side * 3 }, (_, i) => (Math.floor(i / 3) % side < side / 2 ? 40 : 210));
}

test.each([{ lanes: 0 }, { threads: 1.5 }])('refuses the options %o', async (options) => {
  await expect(openEncoder('mobilenet-v2', options)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
});

test('opens the embedded encoder by its name', async () => {
  const encoder = await openEncoder('mobilenet-v2', { device: 'cpu' });
  expect(encoder.facts).toMatchObject({ name: 'mobilenet-v2', gridSide: 24, channels: 576, inputSide: 384 });
  await encoder.dispose();
});

if (models !== undefined) {
  describe('a real vision transformer', () => {
    test.each([undefined, card])(
      'opens with a derived card and with its own, and tells what a patch shows (%s)',
      async (path) => {
        const encoder = await openEncoder(join(models, 'vit_tiny_patch16_384'), {
          device: 'cpu',
          ...(path && { card: path }),
        });
        try {
          expect(encoder.facts).toMatchObject({ gridSide: 24, channels: 192, inputSide: 384 });
          const { data } = await encoder.encode(halves(384));
          expect(data).toHaveLength(576 * 192);
          expect(data.every(Number.isFinite)).toBe(true);
          const left = data.subarray(0, 192);
          const right = data.subarray(23 * 192, 24 * 192);
          const apart = left.reduce((sum, value, c) => sum + (value - right[c]!) ** 2, 0);
          const near = left.reduce((sum, value, c) => sum + (value - data[192 + c]!) ** 2, 0);
          expect(apart).toBeGreaterThan(near);
        } finally {
          await encoder.dispose();
        }
      },
    );
  });
}
