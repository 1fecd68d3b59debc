// Reads flatbuffers tables without generated code: a field is known by its place in the schema's table.
import { ByteBuffer } from 'flatbuffers';

/** One table of a flatbuffer. `field` is the field's index in the schema, `fallback` the schema's default. */
export class FlatTable {
  constructor(buffer, position) {
    this.buffer = buffer;
    this.position = position;
  }

  /** The root table of `bytes` (Uint8Array), whose four-character file identifier must be `identifier`. */
  static root(bytes, identifier) {
    const found = Buffer.from(bytes.subarray(4, 8)).toString('latin1');
    if (found !== identifier) {
      throw new Error(`Expected a flatbuffer with the identifier ${identifier}, found ${JSON.stringify(found)}.`);
    }
    const buffer = new ByteBuffer(bytes);
    return new FlatTable(buffer, buffer.readInt32(0));
  }

  /** Byte position of a field, 0 where the writer left it out because it holds the default. */
  #at(field) {
    const offset = this.buffer.__offset(this.position, 4 + 2 * field);
    return offset === 0 ? 0 : this.position + offset;
  }

  int8(field, fallback = 0) {
    const at = this.#at(field);
    return at === 0 ? fallback : this.buffer.readInt8(at);
  }

  int32(field, fallback = 0) {
    const at = this.#at(field);
    return at === 0 ? fallback : this.buffer.readInt32(at);
  }

  uint32(field, fallback = 0) {
    const at = this.#at(field);
    return at === 0 ? fallback : this.buffer.readUint32(at);
  }

  string(field) {
    const at = this.#at(field);
    return at === 0 ? '' : this.buffer.__string(at);
  }

  /** A field that is itself a table; undefined where it is absent. */
  table(field) {
    const at = this.#at(field);
    return at === 0 ? undefined : new FlatTable(this.buffer, this.buffer.__indirect(at));
  }

  tables(field) {
    return this.#vector(field, 4, (at) => new FlatTable(this.buffer, this.buffer.__indirect(at)));
  }

  int32s(field) {
    return this.#vector(field, 4, (at) => this.buffer.readInt32(at));
  }

  /** A vector of ubyte as a view on the file's bytes, not a copy. */
  bytes(field) {
    const at = this.#at(field);
    if (at === 0) return new Uint8Array(0);
    const start = this.buffer.__vector(at);
    return this.buffer.bytes().subarray(start, start + this.buffer.__vector_len(at));
  }

  #vector(field, stride, read) {
    const at = this.#at(field);
    if (at === 0) return [];
    const start = this.buffer.__vector(at);
    return Array.from({ length: this.buffer.__vector_len(at) }, (_, index) => read(start + stride * index));
  }
}
