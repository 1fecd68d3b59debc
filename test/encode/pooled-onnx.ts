import { onnx } from 'onnx-proto';
import { expectedGrid, tinyCard, tinyOnnx } from '../support/tiny-onnx.ts';
import type { TinyModel } from '../support/tiny-onnx.ts';

/** What torch.onnx calls the result of the last but one layer of a CLIP tower of 24: `[batch, 1 + cells, channels]`. */
export const hiddenName = '/vision_model/encoder/layers.22/Add_1_output_0';

/** How a {@link pooledOnnx} is made. */
export interface PooledModel extends TinyModel {
  /** What the file declares: the pooled vector `image_embeds` (default), or the hidden rows themselves. */
  readonly declares?: 'pooled' | 'hidden';
  /** What the hidden rows are called; default {@link hiddenName}. */
  readonly hidden?: string;
}

/**
 * A tower in the form in which CLIP is published: patches by a convolution, a class token before them, an inner sum (each
 * row of a {@link tinyOnnx} plus itself), one more layer, and the mean of all rows as the only output.
 */
export function pooledOnnx(tower: PooledModel): Uint8Array {
  const hidden = tower.hidden ?? hiddenName;
  const bytes = tinyOnnx({ ...tower, outputLayout: 'tokens', prefixTokens: 1, names: ['pixel_values', 'summand'] });
  const model = onnx.ModelProto.decode(bytes);
  const graph = onnx.GraphProto.create(model.graph ?? undefined);
  const keepNoAxis = { name: 'keepdims', type: onnx.AttributeProto.AttributeType.INT, i: 0 };
  const rowAxis = { name: 'axes', type: onnx.AttributeProto.AttributeType.INTS, ints: [1] };
  graph.node.push(
    { opType: 'Add', input: ['summand', 'summand'], output: [hidden] },
    { opType: 'Tanh', input: [hidden], output: ['/vision_model/encoder/layers.23/Add_1_output_0'] },
    {
      opType: 'ReduceMean',
      input: ['/vision_model/encoder/layers.23/Add_1_output_0'],
      output: ['image_embeds'],
      attribute: [rowAxis, keepNoAxis],
    },
  );
  const name = tower.declares === 'hidden' ? hidden : 'image_embeds';
  const axes = tower.declares === 'hidden' ? ['batch', 'rows', 'channels'] : ['batch', 'channels'];
  const dim = axes.map((dimParam) => ({ dimParam }));
  graph.output = [{ name, type: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT, shape: { dim } } } }];
  model.graph = graph;
  return onnx.ModelProto.encode(model).finish();
}

/** The card of a {@link pooledOnnx} that reads its hidden rows. */
export function pooledCard(tower: PooledModel): Record<string, unknown> {
  const names = ['pixel_values', tower.hidden ?? hiddenName] as const;
  return tinyCard({ ...tower, outputLayout: 'tokens', prefixTokens: 1, names });
}

/** `[cells, channels]`, row-major: the hidden rows of a frame without the class token, from the definition. */
export function expectedHidden(tower: PooledModel, rgb: Uint8Array): number[] {
  return expectedGrid(tower, rgb).map((value) => value + value);
}

/** An ONNX file and the file of its convolution's weights, taken out of it. */
export interface SplitModel {
  readonly model: Uint8Array;
  readonly weights: Uint8Array;
}

/** Moves the weights of a {@link pooledOnnx} into a file beside it, named `location`, as exporters do for large models. */
export function withExternalWeights(bytes: Uint8Array, location: string): SplitModel {
  const model = onnx.ModelProto.decode(bytes);
  const tensor = model.graph?.initializer?.find(({ name }) => name === 'weights');
  if (!tensor) throw new Error('The model has no weights.');
  const weights = new Uint8Array(Float32Array.from(tensor.floatData ?? []).buffer);
  tensor.floatData = [];
  tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
  tensor.externalData = [{ key: 'location', value: location }];
  return { model: onnx.ModelProto.encode(model).finish(), weights };
}
