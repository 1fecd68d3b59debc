import { z } from 'zod';
import { FramenestError } from '../errors.ts';

/** Number formats that we read and write, with their bytes. */
const formats = { I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1, U8: 1 } as const;

/** safetensors' name of a number format. */
export type TensorDtype = keyof typeof formats;

/** One named array: little-endian bytes with a shape. */
export interface Tensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A safetensors message: tensors by name, and text. */
export interface SafetensorsMessage {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Limits of a message that we read: more is refused with WIRE_LIMIT before anything is allocated for it. */
export const safetensorsLimits = { headerBytes: 1 << 20, tensors: 64 } as const;

const OPENING_BRACE = 0x7b;

const count = z.number().int().nonnegative();
const entrySchema = z.object({
  dtype: z.enum(Object.keys(formats) as [TensorDtype]),
  shape: z.array(count).max(8),
  data_offsets: z.tuple([count, count]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Writes a message: 8 bytes header length, JSON header padded with spaces to 8 bytes, then the tensors without gaps,
 * widest values first so that each starts at a multiple of its width.
 * Format: github.com/huggingface/safetensors, "Format".
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsMessage): Uint8Array<ArrayBuffer> {
  const ordered = Object.entries(tensors).sort(([, a], [, b]) => formats[b.dtype] - formats[a.dtype]);
  // No prototype: a tensor may call itself anything.
  const header = Object.assign(Object.create(null) as Record<string, unknown>, { __metadata__: metadata });
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of ordered) {
    header[name] = { dtype, shape, data_offsets: [end, (end += bytes.byteLength)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const message = new Uint8Array(8 + headerBytes + end);
  new DataView(message.buffer).setBigUint64(0, BigInt(headerBytes), true);
  message.fill(0x20, 8, 8 + headerBytes);
  message.set(text, 8);
  let at = 8 + headerBytes;
  for (const [, { bytes }] of ordered) {
    message.set(bytes, at);
    at += bytes.byteLength;
  }
  return message;
}

/**
 * Reads a message of unknown origin. The tensors are views into `message`; copy what must outlive it.
 * @throws FramenestError WIRE_MALFORMED, WIRE_LIMIT
 */
export function readSafetensors(message: Uint8Array): SafetensorsMessage {
  // A Buffer's `slice` shares memory, a Uint8Array's copies: whoever gets the tensors must not have to care.
  const { header, body } = split(new Uint8Array(message.buffer, message.byteOffset, message.byteLength));
  const { __metadata__: metadata = {}, ...entries } = header;
  const text = metadataSchema.safeParse(metadata);
  if (!text.success) throw malformed('its __metadata__ is no map of strings');
  if (Object.keys(entries).length > safetensorsLimits.tensors) {
    throw tooLarge(`${Object.keys(entries).length} tensors`, `${safetensorsLimits.tensors}`);
  }
  // No prototype: a tensor may call itself anything.
  const tensors = Object.create(null) as Record<string, Tensor>;
  const spans: [number, number][] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, span } = checkEntry(name, entry, body.length);
    tensors[name] = { dtype, shape, bytes: body.subarray(...span) };
    spans.push(span);
  }
  checkCover(spans, body.length);
  return { tensors, metadata: text.data };
}

function split(message: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (message.length < 8) throw malformed(`it ends after ${message.length} bytes`);
  const length = new DataView(message.buffer, message.byteOffset).getBigUint64(0, true);
  if (length > BigInt(safetensorsLimits.headerBytes)) {
    throw tooLarge(`a header of ${length} bytes`, `${safetensorsLimits.headerBytes}`);
  }
  const end = 8 + Number(length);
  if (end > message.length) throw malformed(`its header ends at byte ${end} of ${message.length}`);
  if (message[8] !== OPENING_BRACE) throw malformed('its header does not begin with "{"');
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(message.subarray(8, end)));
  } catch (cause) {
    throw malformed('its header is no JSON', cause);
  }
  if (!isRecord(header)) throw malformed('its header is no JSON object');
  return { header, body: message.subarray(end) };
}

function checkEntry(
  name: string,
  entry: unknown,
  bodyBytes: number,
): { dtype: TensorDtype; shape: number[]; span: [number, number] } {
  const bad = (what: string): FramenestError => malformed(`tensor "${name.slice(0, 64)}" ${what}`);
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) throw bad(`has a bad ${parsed.error.issues[0]?.path.join('.') ?? 'entry'}`);
  const { dtype, shape, data_offsets: span } = parsed.data;
  const size = shape.reduce((product, n) => product * n, formats[dtype]);
  if (span[0] > span[1] || span[1] > bodyBytes || span[1] - span[0] !== size) {
    throw bad(`takes ${size} bytes, and its data_offsets are ${span.join('…')} of ${bodyBytes}`);
  }
  return { dtype, shape, span };
}

/** The format allows no gap and no overlap: otherwise bytes could hide in a message. */
function checkCover(spans: [number, number][], bodyBytes: number): void {
  spans.sort(([a, b], [c, d]) => a - c || b - d);
  let at = 0;
  for (const [from, to] of spans) {
    if (from !== at) throw malformed(`its tensors leave or share bytes at ${Math.min(from, at)}`);
    at = to;
  }
  if (at !== bodyBytes) throw malformed(`${bodyBytes - at} bytes follow its last tensor`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(detail: string, cause?: unknown): FramenestError {
  return new FramenestError('WIRE_MALFORMED', {
    what: `This is no safetensors message: ${detail}.`,
    mend: 'Send what the framenest.v1 packet format describes (docs/protocol.md).',
    cause,
  });
}

function tooLarge(found: string, limit: string): FramenestError {
  return new FramenestError('WIRE_LIMIT', {
    what: `A safetensors message with ${found}; the limit is ${limit}.`,
    mend: 'Send smaller packets.',
  });
}
