// Serialises a graph as an ONNX file. The same graph gives the same bytes: no dates, no host names, no map order.
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const { FLOAT, FLOAT16 } = onnx.TensorProto.DataType;
const { INT, INTS, STRING } = onnx.AttributeProto.AttributeType;
const elementTypes = { FLOAT32: FLOAT, FLOAT16 };

/** ONNX's number for 32-bit floats, as the attribute `to` of Cast wants it. */
export const castToFloat32 = FLOAT;

/**
 * @param {object} graph {name, notice, inputs, outputs, nodes, constants}: inputs and outputs as {name, shape}
 *   (f32; a string in a shape is a free dimension), nodes as {type, name, inputs, outputs, attributes}, constants as
 *   {name, type, shape, data} with `data` little-endian row-major bytes
 * @returns {Uint8Array} the file's bytes (IR version 8, operator set 17)
 */
export function writeOnnx(graph) {
  const model = onnx.ModelProto.create({
    irVersion: 8,
    producerName: 'framenest',
    docString: graph.notice,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: graph.name,
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
      node: graph.nodes.map(node),
      initializer: graph.constants.map(constant),
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

function valueInfo({ name, shape }) {
  const dim = shape.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function constant({ name, type, shape, data }) {
  return { name, dataType: elementTypes[type], dims: shape, rawData: data };
}

function node({ type, name, inputs, outputs, attributes = {} }) {
  const attribute = Object.entries(attributes).map(([key, value]) => ({ name: key, ...attributeValue(value) }));
  return { opType: type, name, input: inputs, output: outputs, attribute };
}

function attributeValue(value) {
  if (Array.isArray(value)) return { type: INTS, ints: value };
  if (typeof value === 'string') return { type: STRING, s: Buffer.from(value) };
  return { type: INT, i: value };
}
