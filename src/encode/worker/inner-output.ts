import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Numbers of the fields that lead from an ONNX file to the name of one of its outputs (onnx.proto3). */
const graphOfModel = 7;
const outputOfGraph = 12;
const nameOfOutput = 1;

/** The wire type of a field that begins with its length (protobuf's encoding guide, "Message Structure"). */
const lengthDelimited = 2;

/**
 * Bytes that, put behind an ONNX file, make the value `name` of its graph an output, after those that it declares. The
 * file is one protobuf message, and a parser merges what a message says twice: a second graph with nothing but an output
 * adds that output to the first (protobuf's encoding guide, "Last One Wins"). The runtime infers type and shape.
 * @returns a new array of some 10 bytes and the name
 */
export function outputDeclaration(name: string): Uint8Array {
  return field(graphOfModel, field(outputOfGraph, field(nameOfOutput, new TextEncoder().encode(name))));
}

/**
 * Reads an ONNX file into memory with the value `name` of its graph as one more output. Whether the graph has such a
 * value shows when it is loaded.
 * @returns the caller's own; as large as the file, external weights not included
 */
export async function readWithOutput(modelPath: string, name: string): Promise<Uint8Array> {
  const declaration = outputDeclaration(name);
  const { size } = await stat(modelPath);
  // One array from the start: joining two would hold a large model twice.
  const bytes = new Uint8Array(size + declaration.length);
  let length = 0;
  for await (const chunk of createReadStream(modelPath, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    bytes.set(chunk, length);
    length += chunk.length;
  }
  bytes.set(declaration, length);
  return bytes;
}

function field(number: number, content: Uint8Array): Uint8Array {
  return Uint8Array.from([(number << 3) | lengthDelimited, ...varint(content.length), ...content]);
}

/** Seven bits a byte, the lowest first; all but the last byte carry the high bit. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
