// The part of the TFLite schema (version 3) that a MobileNetV2 uses. The number after a field's name is its index in
// the schema's table.
import { FlatTable } from './flat-table.mjs';

const operatorNames = new Map([
  [0, 'ADD'],
  [2, 'CONCATENATION'],
  [3, 'CONV_2D'],
  [4, 'DEPTHWISE_CONV_2D'],
  [6, 'DEQUANTIZE'],
  [22, 'RESHAPE'],
]);
const elementTypes = ['FLOAT32', 'FLOAT16', 'INT32'];
const paddings = ['SAME', 'VALID'];
const activations = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6'];

/**
 * Reads a TFLite file with one subgraph.
 * @param {Uint8Array} bytes the whole file; the returned tensors' `data` are views on it
 * @returns {{tensors: object[], operators: object[], inputs: number[]}} tensors as {name, shape, type, data} (`data`
 *   is empty unless constant), operators as {type, inputs, outputs, options}, in execution order; both refer to
 *   tensors by index
 */
export function readTflite(bytes) {
  const model = FlatTable.root(bytes, 'TFL3');
  const version = model.uint32(/* Model.version 0 */ 0);
  if (version !== 3) throw new Error(`Expected TFLite schema version 3, found ${version}.`);
  const codes = model.tables(/* Model.operator_codes 1 */ 1).map(operatorName);
  const subgraphs = model.tables(/* Model.subgraphs 2 */ 2);
  if (subgraphs.length !== 1) throw new Error(`Expected one TFLite subgraph, found ${subgraphs.length}.`);
  const buffers = model.tables(/* Model.buffers 4 */ 4).map((buffer) => buffer.bytes(/* Buffer.data 0 */ 0));
  const [subgraph] = subgraphs;
  return {
    tensors: subgraph.tables(/* SubGraph.tensors 0 */ 0).map((tensor) => readTensor(tensor, buffers)),
    inputs: subgraph.int32s(/* SubGraph.inputs 1 */ 1),
    operators: subgraph.tables(/* SubGraph.operators 3 */ 3).map((operator) => readOperator(operator, codes)),
  };
}

// Old files hold the operator in a byte, new ones in an int; a reader takes the larger of the two.
function operatorName(code) {
  const builtin = Math.max(
    code.int8(/* OperatorCode.deprecated_builtin_code 0 */ 0),
    code.int32(/* OperatorCode.builtin_code 3 */ 3),
  );
  return operatorNames.get(builtin) ?? `builtin ${builtin}`;
}

function readTensor(tensor, buffers) {
  const type = tensor.int8(/* Tensor.type 1 */ 1);
  return {
    shape: tensor.int32s(/* Tensor.shape 0 */ 0),
    type: elementTypes[type] ?? `type ${type}`,
    data: buffers[tensor.uint32(/* Tensor.buffer 2 */ 2)],
    name: tensor.string(/* Tensor.name 3 */ 3),
  };
}

function readOperator(operator, codes) {
  const type = codes[operator.uint32(/* Operator.opcode_index 0 */ 0)];
  const options = operator.table(/* Operator.builtin_options 4; 3 is the union's type */ 4);
  return {
    type,
    inputs: operator.int32s(/* Operator.inputs 1 */ 1),
    outputs: operator.int32s(/* Operator.outputs 2 */ 2),
    options: options && optionReaders[type]?.(options),
  };
}

const optionReaders = {
  ADD: (options) => ({ activation: activations[options.int8(/* AddOptions.fused_activation_function 0 */ 0)] }),
  CONV_2D: (options) => ({
    padding: paddings[options.int8(/* Conv2DOptions.padding 0 */ 0)],
    strides: [options.int32(/* Conv2DOptions.stride_h 2 */ 2), options.int32(/* Conv2DOptions.stride_w 1 */ 1)],
    activation: activations[options.int8(/* Conv2DOptions.fused_activation_function 3 */ 3)],
    dilations: [
      options.int32(/* Conv2DOptions.dilation_h_factor 5 */ 5, 1),
      options.int32(/* Conv2DOptions.dilation_w_factor 4 */ 4, 1),
    ],
  }),
  DEPTHWISE_CONV_2D: (options) => ({
    padding: paddings[options.int8(/* DepthwiseConv2DOptions.padding 0 */ 0)],
    strides: [
      options.int32(/* DepthwiseConv2DOptions.stride_h 2 */ 2),
      options.int32(/* DepthwiseConv2DOptions.stride_w 1 */ 1),
    ],
    activation: activations[options.int8(/* DepthwiseConv2DOptions.fused_activation_function 4 */ 4)],
    dilations: [
      options.int32(/* DepthwiseConv2DOptions.dilation_h_factor 6 */ 6, 1),
      options.int32(/* DepthwiseConv2DOptions.dilation_w_factor 5 */ 5, 1),
    ],
  }),
};
