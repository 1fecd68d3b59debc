/**
 * What a check needs to know of a packet without trusting it, nor any library, to be a whole one: its header, the dtype
 * and shape of its tensors, and the rows of each frame. Throws where even that cannot be read.
 */
export function rawPacket(bytes) {
  const length = Number(bytes.readBigUInt64LE(0));
  if (length > bytes.length - 8) throw new Error(`a header of ${length} bytes in a message of ${bytes.length}`);
  const { __metadata__: metadata = {}, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const body = 8 + length;
  const integers = (name, width, read) => {
    const [from, to] = tensors[name].data_offsets;
    return Array.from({ length: (to - from) / width }, (_, i) => read(body + from + i * width));
  };
  const bounds = integers('cu_seqlens', 4, (at) => bytes.readInt32LE(at));
  return {
    bytes,
    body,
    metadata,
    tensors,
    sequence: Number(metadata.sequence),
    epoch: Number(metadata.epoch),
    /** Unix time of a live frame, milliseconds; undefined in a file. */
    atMs: metadata.wallclock_us === undefined ? undefined : Math.floor(Number(metadata.wallclock_us) / 1000),
    pts: integers('pts', 8, (at) => bytes.readBigInt64LE(at)),
    dtype: tensors.tokens.dtype,
    shape: tensors.tokens.shape,
    kinds: integers('kind', 1, (at) => bytes[at]),
    scales: integers('scale', 4, (at) => bytes.readInt32LE(at)),
    /** Tokens of each frame. */
    tokens: bounds.slice(1).map((end, i) => end - bounds[i]),
    positions: tensors.position && integers('position', 4, (at) => bytes.readInt32LE(at)),
  };
}

/** Tokens of a packet. */
export function tokensOf({ tokens }) {
  return tokens.reduce((sum, each) => sum + each, 0);
}
