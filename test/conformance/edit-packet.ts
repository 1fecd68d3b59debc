/** The JSON header of a packet. */
type Header = Record<string, { dtype: string; data_offsets: [number, number] }> & {
  __metadata__: Record<string, string>;
};

function split(bytes: Buffer): { header: Header; body: Buffer } {
  const length = Number(bytes.readBigUInt64LE(0));
  return { header: JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Header, body: bytes.subarray(8 + length) };
}

/** Sequence of a packet. */
export function sequenceOf(bytes: Buffer): number {
  return Number(split(bytes).header.__metadata__['sequence']);
}

/** A copy with other metadata. */
export function withMetadata(bytes: Buffer, change: Record<string, string>): Buffer {
  const { header, body } = split(bytes);
  Object.assign(header.__metadata__, change);
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, body]);
}

/** A copy in which `write` has changed the bytes of a tensor; as it is where it has no such tensor. */
export function withTensor(bytes: Buffer, name: string, write: (values: Buffer, dtype: string) => void): Buffer {
  const copy = Buffer.from(bytes);
  const { header, body } = split(copy);
  const tensor = header[name];
  if (tensor) write(body.subarray(...tensor.data_offsets), tensor.dtype);
  return copy;
}

/** A copy whose header is one space longer, so that the tensors begin off their multiples. */
export function offByOne(bytes: Buffer): Buffer {
  const { body } = split(bytes);
  const header = bytes.subarray(8, bytes.length - body.length);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length + 1));
  return Buffer.concat([length, header, Buffer.from(' '), body]);
}
