import type { ModelSignature, TensorSignature } from '../../encode/model-signature.ts';
import { describeTensor } from '../../encode/model-signature.ts';
import { modelInvalid } from './model-invalid.ts';

/** Number formats of a decoder's values and of its cache. */
export type FloatType = 'float32' | 'float16';

/** What the two graphs of a model declare, as far as running them needs it. */
export interface DecoderShape {
  /** Channels of a token's embedding. */
  readonly channels: number;
  /** Logits of a step. */
  readonly vocabulary: number;
  readonly layers: number;
  /** Heads of keys and values, of each layer. */
  readonly heads: number;
  /** Channels of a head. */
  readonly headSize: number;
  /** Of `past_key_values.*` and `present.*`. */
  readonly cacheType: FloatType;
  /** Of `inputs_embeds`. */
  readonly inputType: FloatType;
  /** Whether `position_ids` is an input. */
  readonly takesPositions: boolean;
}

const exportAgain = 'Export the model in the split of transformers.js, with key and value cache, or fetch it again.';
const pastName = /^past_key_values\.(\d+)\.(key|value)$/;

/**
 * Reads the shape of a model off the signatures of `embed_tokens` and `decoder_model_merged`.
 * @throws FramenestError MODEL_INVALID where they are not those of a decoder with a cache, have an input that nobody here
 * knows, or have positions of more than one dimension
 */
export function decoderShape(embed: ModelSignature, decoder: ModelSignature): DecoderShape {
  one('embed_tokens', embed.inputs, 'input_ids', ['int64']);
  const rows = one('embed_tokens', embed.outputs, 'inputs_embeds', ['float32', 'float16']);
  const input = one('decoder_model_merged', decoder.inputs, 'inputs_embeds', ['float32', 'float16']);
  one('decoder_model_merged', decoder.inputs, 'attention_mask', ['int64']);
  const logits = one('decoder_model_merged', decoder.outputs, 'logits', ['float32', 'float16']);
  const past = decoder.inputs.filter(({ name }) => pastName.test(name));
  const [first] = past;
  if (!first) throw modelInvalid('The decoder_model_merged graph has no past_key_values.', exportAgain);
  checkCache(past, first, decoder);
  const channels = size(rows, 2) ?? size(input, 2);
  if (channels === undefined || (size(input, 2) ?? channels) !== channels) {
    const found = `${describeTensor(rows)} and ${describeTensor(input)}`;
    throw modelInvalid(`embed_tokens and decoder_model_merged do not fit: ${found}.`, exportAgain);
  }
  return {
    channels,
    vocabulary: fixed(logits, 2),
    layers: past.length / 2,
    heads: fixed(first, 1),
    headSize: fixed(first, 3),
    cacheType: first.dtype as FloatType,
    inputType: input.dtype as FloatType,
    takesPositions: takesPositions(decoder.inputs),
  };
}

/** Bytes that the keys and values of one position take, of all layers. */
export function bytesPerPosition({ layers, heads, headSize, cacheType }: DecoderShape): number {
  return layers * 2 * heads * headSize * (cacheType === 'float16' ? 2 : 4);
}

function checkCache(past: readonly TensorSignature[], first: TensorSignature, decoder: ModelSignature): void {
  const outputs = new Set(decoder.outputs.map(({ name }) => name));
  for (let layer = 0; layer < Math.ceil(past.length / 2); layer++) {
    for (const part of ['key', 'value']) {
      const tensor = one('decoder_model_merged', past, `past_key_values.${layer}.${part}`, ['float32', 'float16']);
      const same =
        tensor.dtype === first.dtype && size(tensor, 1) === size(first, 1) && size(tensor, 3) === size(first, 3);
      if (!same) {
        const found = `${describeTensor(tensor)} beside ${describeTensor(first)}`;
        throw modelInvalid(`decoder_model_merged has caches of different shapes: ${found}.`, exportAgain);
      }
      if (!outputs.has(`present.${layer}.${part}`)) {
        throw modelInvalid(`decoder_model_merged has no output "present.${layer}.${part}".`, exportAgain);
      }
    }
  }
  const known = ['inputs_embeds', 'attention_mask', 'position_ids'];
  const odd = decoder.inputs.find(({ name }) => !known.includes(name) && !pastName.test(name));
  if (odd) {
    throw modelInvalid(
      `decoder_model_merged wants ${describeTensor(odd)}, which framenest does not know.`,
      exportAgain,
    );
  }
}

function takesPositions(inputs: readonly TensorSignature[]): boolean {
  const positions = inputs.find(({ name }) => name === 'position_ids');
  if (positions && positions.dims.length > 2) {
    throw modelInvalid(
      `decoder_model_merged wants ${describeTensor(positions)}: positions of several dimensions (M-RoPE).`,
      'Take a model whose tokens have one position each, such as LLaVA; serve this one with vLLM.',
    );
  }
  return positions !== undefined;
}

function one(graph: string, tensors: readonly TensorSignature[], name: string, dtypes: string[]): TensorSignature {
  const tensor = tensors.find((candidate) => candidate.name === name);
  if (tensor && dtypes.includes(tensor.dtype)) return tensor;
  const found = tensor ? describeTensor(tensor) : `only ${tensors.map(describeTensor).join(', ').slice(0, 400)}`;
  throw modelInvalid(`${graph} should have "${name}" as ${dtypes.join(' or ')}; it has ${found}.`, exportAgain);
}

function size(tensor: TensorSignature, axis: number): number | undefined {
  const dim = tensor.dims[axis];
  return typeof dim === 'number' && dim > 0 ? dim : undefined;
}

function fixed(tensor: TensorSignature, axis: number): number {
  const found = size(tensor, axis);
  if (found !== undefined) return found;
  throw modelInvalid(`decoder_model_merged leaves axis ${axis} of ${describeTensor(tensor)} open.`, exportAgain);
}
