import { FramenestError } from '../errors.ts';
import type { FrameKind, Packet, PacketFrame, PacketHeader, TokenDtype } from '../media/packet.ts';
import { formatTimebase, parseTimebase } from '../media/timebase.ts';
import { dtypeBytes } from './quantize.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import type { SafetensorsMessage, Tensor, TensorDtype } from './safetensors.ts';

/** Name of the protocol and of the WebSocket subprotocol. */
export const PROTOCOL = 'framenest.v1';

/** Kinds by their number on the wire. */
const kinds: readonly FrameKind[] = ['uniform', 'tree', 'hold', 'refine'];

/**
 * Packet → one safetensors message, as docs/protocol.md describes it. The message is owned by the caller. A packet of no
 * channels tells what its frames are, without the values of their tokens.
 */
export function encodePacket(packet: Packet): Uint8Array<ArrayBuffer> {
  const { header, frames, channels, tokens } = packet;
  const n = frames.length;
  const bounds = new Int32Array(n + 1);
  for (const [i, frame] of frames.entries()) bounds[i + 1] = bounds[i]! + frame.tokens;
  const rows = bounds[n]!;
  const bytes = rows * channels * dtypeBytes[packet.dtype];
  if (bytes !== tokens.byteLength) {
    throw new RangeError(`The frames own ${rows} tokens of ${bytes} bytes, the packet has ${tokens.byteLength} bytes.`);
  }
  const tensors: Record<string, Tensor> = {
    pts: tensor(
      'I64',
      [n],
      BigInt64Array.from(frames, (frame) => frame.pts),
    ),
    cu_seqlens: tensor('I32', [n + 1], bounds),
    scale: tensor(
      'I32',
      [n],
      Int32Array.from(frames, (frame) => frame.scale),
    ),
    change: tensor(
      'F32',
      [n],
      Float32Array.from(frames, (frame) => frame.change),
    ),
    dropped_before: tensor(
      'I32',
      [n],
      Int32Array.from(frames, (frame) => frame.droppedBefore),
    ),
    tokens: { dtype: packet.dtype, shape: [rows, channels], bytes: tokens },
    kind: tensor(
      'U8',
      [n],
      Uint8Array.from(frames, (frame) => kinds.indexOf(frame.kind)),
    ),
  };
  if (packet.tokenScale) tensors['token_scale'] = tensor('F32', [rows], packet.tokenScale);
  if (packet.position) tensors['position'] = tensor('I32', [rows], packet.position);
  return writeSafetensors({ tensors, metadata: writeMetadata(header) });
}

/**
 * The inverse of {@link encodePacket}, for messages of unknown origin. `tokens` is a view into `message`.
 * @throws FramenestError WIRE_MALFORMED, WIRE_LIMIT
 */
export function decodePacket(message: Uint8Array): Packet {
  const { tensors, metadata } = readSafetensors(message);
  const header = readMetadata(metadata);
  const { dtype, rows, channels, bytes } = readTokens(tensors);
  const frames = readFrames(tensors, rows);
  const position = optional(tensors, 'position', 'I32', rows);
  const tokenScale = optional(tensors, 'token_scale', 'F32', rows);
  if ((dtype === 'I8' && channels > 0) !== (tokenScale !== undefined)) {
    throw malformed('token_scale goes with the values of I8 tokens and no others');
  }
  if (!position && frames.some((frame) => frame.kind === 'tree')) throw malformed('a tree frame has no positions');
  return {
    header,
    frames,
    dtype,
    channels,
    tokens: bytes,
    ...(tokenScale && { tokenScale: new Float32Array(copy(tokenScale)) }),
    ...(position && { position: new Int32Array(copy(position)) }),
  };
}

function writeMetadata(header: PacketHeader): Record<string, string> {
  return {
    protocol: PROTOCOL,
    stream: header.stream,
    sequence: String(header.sequence),
    timebase: formatTimebase(header.timebase),
    encoder: header.encoder,
    stage: header.stage,
    epoch: String(header.epoch),
    ...(header.wallclockUs !== undefined && { wallclock_us: String(header.wallclockUs) }),
  };
}

function readMetadata(metadata: Readonly<Record<string, string>>): PacketHeader {
  const text = (name: string): string => {
    const value = metadata[name];
    if (value === undefined) throw malformed(`its metadata lacks "${name}"`);
    return value;
  };
  const count = (name: string): number => {
    if (!/^\d{1,15}$/.test(text(name))) throw malformed(`its ${name} is no count`);
    return Number(text(name));
  };
  if (text('protocol') !== PROTOCOL) throw malformed(`its protocol is not ${PROTOCOL}`);
  const timebase = parseTimebase(text('timebase'));
  if (!timebase) throw malformed('its timebase is no fraction');
  const stage = text('stage');
  if (stage !== 'pre' && stage !== 'post') throw malformed('its stage is neither pre nor post');
  const wallclock = metadata['wallclock_us'];
  if (wallclock !== undefined && !/^\d{1,18}$/.test(wallclock)) throw malformed('its wallclock_us is no count');
  return {
    stream: text('stream'),
    sequence: count('sequence'),
    timebase,
    encoder: text('encoder'),
    stage,
    epoch: count('epoch'),
    ...(wallclock !== undefined && { wallclockUs: BigInt(wallclock) }),
  };
}

function readTokens(tensors: SafetensorsMessage['tensors']): {
  dtype: TokenDtype;
  rows: number;
  channels: number;
  bytes: Uint8Array;
} {
  const tokens = tensors['tokens'];
  if (!tokens) throw malformed('tensor "tokens" is missing');
  const { dtype, shape, bytes } = tokens;
  const [rows = 0, channels = 0] = shape;
  if (!isTokenDtype(dtype)) throw malformed(`tokens are ${dtype}`);
  // No channel is none too few: such a packet tells what its frames are and leaves the values out.
  if (shape.length !== 2 || rows < 1) throw malformed(`tokens have the shape [${shape.join(', ')}]`);
  return { dtype, rows, channels, bytes };
}

function readFrames(tensors: SafetensorsMessage['tensors'], rows: number): PacketFrame[] {
  const n = tensors['pts']?.shape[0] ?? 0;
  if (n < 1) throw malformed('it holds no frame');
  const pts = new BigInt64Array(copy(required(tensors, 'pts', 'I64', n)));
  const bounds = new Int32Array(copy(required(tensors, 'cu_seqlens', 'I32', n + 1)));
  const scale = new Int32Array(copy(required(tensors, 'scale', 'I32', n)));
  const change = new Float32Array(copy(required(tensors, 'change', 'F32', n)));
  const dropped = new Int32Array(copy(required(tensors, 'dropped_before', 'I32', n)));
  const kind = required(tensors, 'kind', 'U8', n);
  if (bounds[0] !== 0 || bounds[n] !== rows) throw malformed(`cu_seqlens does not span 0…${rows}`);
  return Array.from(pts, (ticks, i): PacketFrame => {
    const frame = {
      pts: ticks,
      kind: kinds[kind[i]!],
      scale: scale[i]!,
      change: change[i]!,
      droppedBefore: dropped[i]!,
      tokens: bounds[i + 1]! - bounds[i]!,
    };
    if (frame.kind === undefined) throw malformed(`frame ${i} has the kind ${kind[i]!}`);
    if (frame.tokens < 1 || frame.scale < 1 || frame.droppedBefore < 0)
      throw malformed(`frame ${i} has a count below 1`);
    const own = frame.kind === 'hold' ? 1 : frame.kind === 'uniform' ? frame.scale : frame.tokens;
    if (frame.tokens !== own)
      throw malformed(`frame ${i}, ${frame.kind}, has ${frame.tokens} tokens instead of ${own}`);
    return { ...frame, kind: frame.kind };
  });
}

function required(
  tensors: SafetensorsMessage['tensors'],
  name: string,
  dtype: TensorDtype,
  length: number,
): Uint8Array {
  const found = optional(tensors, name, dtype, length);
  if (!found) throw malformed(`tensor "${name}" is missing`);
  return found;
}

function optional(
  tensors: SafetensorsMessage['tensors'],
  name: string,
  dtype: TensorDtype,
  length: number,
): Uint8Array | undefined {
  const found = tensors[name];
  if (!found) return undefined;
  if (found.dtype === dtype && found.shape.length === 1 && found.shape[0] === length) return found.bytes;
  throw malformed(`tensor "${name}" is ${found.dtype} [${found.shape.join(', ')}] instead of ${dtype} [${length}]`);
}

function tensor(dtype: TensorDtype, shape: number[], values: ArrayBufferView): Tensor {
  return { dtype, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** Wide values must start at a multiple of their width; a view into a message need not. (A Buffer's `slice` shares.) */
function copy(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function isTokenDtype(dtype: TensorDtype): dtype is TokenDtype {
  return Object.hasOwn(dtypeBytes, dtype);
}

function malformed(detail: string): FramenestError {
  return new FramenestError('WIRE_MALFORMED', {
    what: `This is no framenest packet: ${detail}.`,
    mend: 'Send what docs/protocol.md describes.',
  });
}
