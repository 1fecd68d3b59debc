// TFLite operators -> ONNX nodes, for the part of the graph that the wanted features depend on.
import { castToFloat32 } from './write-onnx.mjs';

const scope = 'FeatureExtractor/MobilenetV2/';

const notice =
  'MobileNetV2 backbone converted by framenest from the npm package @mediapipe/objectron. Copyright The MediaPipe ' +
  'Authors. Licensed under the Apache License, Version 2.0.';

/** Where the features leave the backbone: the last tensor of MobileNetV2 at each stride. */
const features = [
  { name: 'feat_s8', tensor: 'expanded_conv_5/add', stride: 8 },
  { name: 'feat_s16', tensor: 'expanded_conv_13/expand/Relu6', stride: 16 },
  { name: 'feat_s32', tensor: 'Conv_1/Relu6', stride: 32 },
];

/**
 * Cuts the backbone out of a detector and turns it from NHWC into NCHW with free batch, height and width.
 * @param {ReturnType<import('./read-tflite.mjs').readTflite>} model
 * @returns {object} the graph that `writeOnnx` takes
 */
export function convertBackbone(model) {
  const names = nameTensors(model);
  const builder = new GraphBuilder(model, names);
  for (const operator of neededOperators(model, names)) builder.add(operator);
  const outputs = features.map(({ name, stride }) => ({
    name,
    shape: ['batch', builder.channels.get(name), `height_s${stride}`, `width_s${stride}`],
  }));
  const { nodes, constants } = builder;
  const inputs = [{ name: 'image', shape: ['batch', 3, 'height', 'width'] }];
  return { name: 'mobilenet_v2', notice, inputs, outputs, nodes, constants };
}

// A fused tensor's TFLite name joins the names of all that was fused with ";": the first says what the tensor is.
function nameTensors({ tensors, inputs }) {
  const names = tensors.map(({ name }) => name.split(';')[0].replace(scope, ''));
  names[inputs[0]] = 'image';
  for (const { name, tensor } of features) {
    const index = names.indexOf(tensor);
    if (index < 0)
      throw new Error(`The TFLite model has no tensor ${scope}${tensor}: it is not the expected MobileNetV2.`);
    names[index] = name;
  }
  return names;
}

// Walks back from the features: an operator is needed if it makes what a needed one reads.
function neededOperators({ operators }, names) {
  const wanted = new Set(features.map(({ name }) => names.indexOf(name)));
  const needed = operators.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((output) => wanted.has(output))) return false;
    for (const input of inputs) wanted.add(input);
    return true;
  });
  return needed.toReversed();
}

class GraphBuilder {
  nodes = [];
  constants = [clipBound('relu6_min', 0), clipBound('relu6_max', 6)];
  /** Output name -> number of channels. */
  channels = new Map();
  #halves = new Map();
  #model;
  #names;

  constructor(model, names) {
    this.#model = model;
    this.#names = names;
  }

  add(operator) {
    const output = this.#names[operator.outputs[0]];
    this.channels.set(output, this.#model.tensors[operator.outputs[0]].shape.at(-1));
    if (operator.type === 'DEQUANTIZE') this.#halves.set(operator.outputs[0], operator.inputs[0]);
    else if (operator.type === 'ADD') this.#addAdd(operator, output);
    else if (operator.type === 'CONV_2D') this.#addConv(operator, output, [0, 3, 1, 2], 1);
    else if (operator.type === 'DEPTHWISE_CONV_2D')
      this.#addConv(operator, output, [3, 0, 1, 2], this.channels.get(output));
    else
      throw new Error(
        `The backbone contains the TFLite operator ${operator.type}, which this converter does not know.`,
      );
  }

  #addAdd({ inputs, options }, output) {
    this.#activate(options.activation, output, (target) => ({
      type: 'Add',
      inputs: inputs.map((input) => this.#names[input]),
      outputs: [target],
    }));
  }

  // `axes`: where ONNX's [out, in / group, kernel height, kernel width] lie among the TFLite weights' axes.
  #addConv({ inputs: [image, weights, bias], options }, output, axes, group) {
    const { padding, strides, activation, dilations } = options;
    if (padding !== 'SAME') throw new Error(`${output}: padding ${padding} is not supported, only SAME.`);
    const shape = axes.map((axis) => this.#model.tensors[weights].shape[axis]);
    this.#activate(activation, output, (target) => ({
      type: 'Conv',
      inputs: [
        this.#names[image],
        this.#addConstant(`${output}/weights`, weights, axes),
        this.#addConstant(`${output}/bias`, bias, [0]),
      ],
      outputs: [target],
      // TFLite's SAME pads the far side by the odd pixel, which is what SAME_UPPER means, at any image size.
      attributes: { auto_pad: 'SAME_UPPER', dilations, group, kernel_shape: shape.slice(2), strides },
    }));
  }

  #activate(activation, output, makeNode) {
    if (activation !== 'NONE' && activation !== 'RELU6') {
      throw new Error(`${output}: activation ${activation} is not supported, only NONE and RELU6.`);
    }
    const clipped = activation === 'RELU6';
    const target = clipped ? `${output}/linear` : output;
    this.nodes.push({ name: target, ...makeNode(target) });
    if (!clipped) return;
    this.nodes.push({ type: 'Clip', name: output, inputs: [target, 'relu6_min', 'relu6_max'], outputs: [output] });
  }

  #addConstant(name, tensor, axes) {
    const source = this.#model.tensors[this.#halves.get(tensor) ?? -1];
    if (source?.type !== 'FLOAT16' || source.data.length !== 2 * elementCount(source.shape)) {
      throw new Error(`${name}: expected constant FLOAT16 values behind a DEQUANTIZE.`);
    }
    const shape = axes.map((axis) => source.shape[axis]);
    // Kept as halves: half the file, and ONNX Runtime folds the Cast when it loads the model, so no frame pays for it.
    this.constants.push({ name: `${name}_f16`, type: 'FLOAT16', shape, data: transpose(source, axes) });
    this.nodes.push({
      type: 'Cast',
      name,
      inputs: [`${name}_f16`],
      outputs: [name],
      attributes: { to: castToFloat32 },
    });
    return name;
  }
}

function clipBound(name, value) {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return { name, type: 'FLOAT32', shape: [], data };
}

function elementCount(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** The bytes of a row-major tensor of halves with its axes put in the order `axes`. */
function transpose({ shape, data }, axes) {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const result = new Uint8Array(data.length);
  let write = 0;
  const walk = (depth, offset) => {
    if (depth === axes.length) {
      result[write++] = data[2 * offset];
      result[write++] = data[2 * offset + 1];
      return;
    }
    for (let index = 0; index < shape[axes[depth]]; index += 1) walk(depth + 1, offset + index * strides[axes[depth]]);
  };
  walk(0, 0);
  return result;
}
