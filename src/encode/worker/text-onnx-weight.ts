import type { FileHandle } from 'node:fs/promises';
import { ProtoFile } from './text-proto-file.ts';
import type { ProtoField } from './text-proto-file.ts';
import { floats } from './text-weights.ts';
import type { WeightArray } from './text-weights.ts';

/** Numbers of the fields that are read, of onnx.proto3. */
const model = { graph: 7 };
const graph = { node: 1, initializer: 5 };
const node = { input: 1, output: 2, opType: 4 };
const tensor = { dims: 1, dataType: 2, name: 8, rawData: 9 };

/** Number formats of onnx.proto3's TensorProto.DataType. */
const formats: Readonly<Record<number, 'F32' | 'F16' | 'BF16'>> = { 1: 'F32', 10: 'F16', 16: 'BF16' };

interface GraphNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Reads the weights of the linear map without a bias that makes an output of an ONNX graph: the constant factor of its
 * MatMul, `[channels, size]` as exporters leave it, or that of a transpose before it. Reads only what it needs of the file.
 * @returns `[size, channels]`
 * @throws Error where the output is made by anything else, or the weights lie in another file
 */
export async function readOnnxProjection(file: FileHandle, output: string): Promise<WeightArray> {
  const proto = await ProtoFile.of(file);
  const { nodes, arrays } = await readGraph(proto);
  const { name, turned } = factorOf(nodes, output);
  for (const field of arrays) {
    const found = await readArray(proto, field, name);
    if (found) return turned ? found : transposedArray(found);
  }
  throw new Error(`makes "${output}" with "${name}", which is no constant of it`);
}

/** The name of the array that makes an output, and whether it is turned round on the way. */
function factorOf(nodes: readonly GraphNode[], output: string): { name: string; turned: boolean } {
  const last = makerOf(nodes, output);
  if (last?.opType !== 'MatMul') throw new Error(`makes "${output}" by ${last?.opType ?? 'nothing'}, not by a MatMul`);
  const name = last.inputs[1] ?? '';
  const before = makerOf(nodes, name);
  return before?.opType === 'Transpose' ? { name: before.inputs[0] ?? '', turned: true } : { name, turned: false };
}

async function readGraph(proto: ProtoFile): Promise<{ nodes: GraphNode[]; arrays: ProtoField[] }> {
  const nodes: GraphNode[] = [];
  const arrays: ProtoField[] = [];
  for await (const field of proto.inside(model.graph)) {
    if (field.number === graph.node) nodes.push(await readNode(proto, field));
    if (field.number === graph.initializer) arrays.push(field);
  }
  return { nodes, arrays };
}

function makerOf(nodes: readonly GraphNode[], value: string): GraphNode | undefined {
  return nodes.find(({ outputs }) => outputs.includes(value));
}

async function readNode(proto: ProtoFile, whole: ProtoField): Promise<GraphNode> {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let opType = '';
  for await (const field of proto.fields(whole)) {
    if (field.number === node.input) inputs.push(await proto.text(field));
    if (field.number === node.output) outputs.push(await proto.text(field));
    if (field.number === node.opType) opType = await proto.text(field);
  }
  return { opType, inputs, outputs };
}

/** The array, if it has that name. */
async function readArray(proto: ProtoFile, whole: ProtoField, name: string): Promise<WeightArray | undefined> {
  const fields: ProtoField[] = [];
  for await (const field of proto.fields(whole)) fields.push(field);
  const of = (number: number): ProtoField[] => fields.filter((field) => field.number === number);
  const [own] = of(tensor.name);
  if (!own || (await proto.text(own)) !== name) return undefined;
  const [raw] = of(tensor.rawData);
  const format = formats[of(tensor.dataType)[0]?.value ?? 0];
  if (!raw || !format) throw new Error(`holds "${name}" not as raw floats`);
  const shape = (await Promise.all(of(tensor.dims).map((field) => proto.integers(field)))).flat();
  const values = floats(format, await proto.bytes(raw));
  if (values.length === shape.reduce((product, size) => product * size, 1)) return { shape, values };
  throw new Error(`holds "${name}" with ${values.length} values for [${shape.join(', ')}]`);
}

function transposedArray({ shape, values }: WeightArray): WeightArray {
  const [rows = 0, columns = 0] = shape;
  const turned = Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? NaN);
  return { shape: [columns, rows], values: turned };
}
