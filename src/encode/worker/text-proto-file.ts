import type { FileHandle } from 'node:fs/promises';

/** A field of a message: where its content lies in the file, or its number. */
export interface ProtoField {
  readonly number: number;
  readonly from: number;
  readonly to: number;
  /** Of a field that is a number. */
  readonly value: number | undefined;
}

/** Bytes of the longest tag and the longest length behind it. */
const HEAD_BYTES = 20;

/** How far ahead is read: most fields of a graph are small and lie together. */
const AHEAD_BYTES = 1 << 16;

/** Walks through a protobuf file without holding it: what is not asked for is not read (protobuf's encoding guide). */
export class ProtoFile {
  readonly #file: FileHandle;
  readonly #size: number;
  #window = { from: 0, bytes: Buffer.alloc(0) };

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** @param file - stays the caller's */
  static async of(file: FileHandle): Promise<ProtoFile> {
    return new ProtoFile(file, (await file.stat()).size);
  }

  /**
   * The fields of a message, in order; of the file's where none is given.
   * @throws Error where the file is no protobuf, or broken off
   */
  async *fields(message?: ProtoField): AsyncGenerator<ProtoField, void, undefined> {
    const end = message?.to ?? this.#size;
    for (let at = message?.from ?? 0; at < end;) {
      const head = await this.#read(at, Math.min(HEAD_BYTES, end - at));
      const tag = varint(head, 0);
      const number = Math.floor(tag.value / 8);
      const field = contentOf(tag.value % 8, head, tag.next);
      const from = at + field.from;
      const to = from + field.length;
      if (to > end) throw new Error('is no whole ONNX file');
      yield { number, from, to, value: field.value };
      at = to;
    }
  }

  /** The fields of the file's messages of that number, as of one: a parser merges what a message says twice. */
  async *inside(number: number): AsyncGenerator<ProtoField, void, undefined> {
    for await (const field of this.fields()) if (field.number === number) yield* this.fields(field);
  }

  /** The content of a field. */
  bytes({ from, to }: ProtoField): Promise<Buffer> {
    return this.#read(from, to - from);
  }

  /** The content of a field as text. */
  async text(field: ProtoField): Promise<string> {
    return (await this.bytes(field)).toString('utf8');
  }

  /** The numbers of a field, packed or alone. */
  async integers(field: ProtoField): Promise<number[]> {
    if (field.value !== undefined) return [field.value];
    const bytes = await this.bytes(field);
    const values: number[] = [];
    for (let at = 0; at < bytes.length;) {
      const { value, next } = varint(bytes, at);
      values.push(value);
      at = next;
    }
    return values;
  }

  async #read(from: number, length: number): Promise<Buffer> {
    const start = from - this.#window.from;
    if (start < 0 || start + length > this.#window.bytes.length) {
      const bytes = Buffer.alloc(Math.min(Math.max(length, AHEAD_BYTES), this.#size - from));
      const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, from);
      if (bytesRead < length) throw new Error('is no whole ONNX file');
      this.#window = { from, bytes: bytes.subarray(0, bytesRead) };
    }
    const at = from - this.#window.from;
    return this.#window.bytes.subarray(at, at + length);
  }
}

/** Where a field's content begins, counted from its tag, and how long it is; by its wire type. */
function contentOf(type: number, head: Buffer, at: number): { from: number; length: number; value?: number } {
  if (type === 0) {
    const { value, next } = varint(head, at);
    return { from: at, length: next - at, value };
  }
  if (type === 1) return { from: at, length: 8 };
  if (type === 5) return { from: at, length: 4 };
  if (type !== 2) throw new Error('is no ONNX file');
  const { value, next } = varint(head, at);
  return { from: next, length: value };
}

/** Seven bits a byte, the lowest first; all but the last byte carry the high bit. */
function varint(bytes: Buffer, from: number): { value: number; next: number } {
  let value = 0;
  for (let at = from, unit = 1; at < bytes.length; at++, unit *= 128) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw new Error('is no whole ONNX file');
}
