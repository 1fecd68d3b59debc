import { chooseOnnxFile, weightsBeside } from '#dist/encode/onnx-files.js';
import { expect, test } from 'vitest';

test.each<[string, readonly string[], string | undefined]>([
  [
    'the vision tower before the whole model',
    ['onnx/model.onnx', 'onnx/text_model.onnx', 'onnx/vision_model.onnx'],
    'onnx/vision_model.onnx',
  ],
  [
    'full precision before quantised',
    ['onnx/model_quantized.onnx', 'onnx/model.onnx', 'onnx/model_fp16.onnx'],
    'onnx/model.onnx',
  ],
  ['a quantised vision tower before a whole model', ['model.onnx', 'vision_model_q4.onnx'], 'vision_model_q4.onnx'],
  ['whatever there is', ['config.json', 'dino.onnx'], 'dino.onnx'],
  ['nothing where there is nothing', ['config.json', 'model.onnx_data'], undefined],
])('chooses %s', (_, paths, expected) => {
  expect(chooseOnnxFile(paths)).toBe(expected);
  expect(chooseOnnxFile([...paths].reverse())).toBe(expected);
});

test('takes the external weights of the chosen model only', () => {
  const paths = [
    'onnx/a.onnx',
    'onnx/a.onnx_data',
    'onnx/a.onnx_data_1',
    'onnx/b.onnx_data',
    'a.onnx_data',
    'onnx/a.onnx.data',
  ];
  expect(weightsBeside('onnx/a.onnx', paths)).toEqual(['onnx/a.onnx_data', 'onnx/a.onnx_data_1', 'onnx/a.onnx.data']);
});
