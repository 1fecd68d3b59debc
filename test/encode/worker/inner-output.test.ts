import { outputDeclaration, readWithOutput } from '#dist/encode/worker/inner-output.js';
import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import { expect, test } from 'vitest';
import { join } from 'node:path';
import { temporaryFolder, tinyOnnx } from '../../support/tiny-onnx.ts';

test('the declaration of an output is a model with one output of that name and nothing else', () => {
  const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 120, maxLength: 140 }), longName);
  fc.assert(
    fc.property(name, (text) => {
      const model = onnx.ModelProto.toObject(onnx.ModelProto.decode(outputDeclaration(text)));
      expect(model).toEqual({ graph: { output: [{ name: text }] } });
    }),
  );
});

/** Needs a length of three bytes. */
const longName = fc.nat(20_000).map((length) => 'n'.repeat(length));

test('a model that is read with an output is the file, then the declaration', async () => {
  const file = tinyOnnx({ side: 12, patch: 4, channels: 5 });
  const folder = await temporaryFolder({ 'tiny.onnx': file });
  const expected = Buffer.concat([file, outputDeclaration('cells')]);
  expect(Buffer.compare(await readWithOutput(join(folder, 'tiny.onnx'), 'cells'), expected)).toBe(0);
});
