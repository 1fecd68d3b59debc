import type { ReadTensor, TensorReader } from './tensor-reader.ts';

/** What runs, and how it was started. */
export interface HostRules {
  readonly kind: 'vllm' | 'trtllm';
  readonly model: string;
  /** Channels of the model. */
  readonly hidden: number;
  /** A tensor a frame, or with `image_grid_thw` beside it. Default raster. */
  readonly shape?: 'raster' | 'grid';
  /** A model of text alone, started with --enable-prompt-embeds. */
  readonly textOnly?: boolean;
  /** Before March 2026 vLLM read the files of torch.save alone. */
  readonly readsNpy?: boolean;
  /** Whether embeddings are kept by uuid: as vLLM's documentation has it, unlike the code that we read (decision 27). */
  readonly keepsEmbeddings?: boolean;
  readonly contextTokens?: number;
  /** Frames by uuid, with their tokens: what the processor's cache and the engine's hold. */
  readonly kept: Map<string, number>;
}

/** A part of a message as it was understood. */
export type PartRead =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'image_embeds' | 'prompt_embeds';
      readonly uuid?: string;
      readonly tokens: number;
      /** Undefined where the frame was asked for by its uuid. */
      readonly tensor: ReadTensor | undefined;
      readonly grid?: readonly number[];
    };

/** A chat as it was understood. */
export interface ChatRead {
  readonly system: string | undefined;
  readonly parts: readonly PartRead[];
  readonly maxTokens: number;
  readonly temperature: number;
}

/** What a host answers instead. `fatal`: its engine ends. */
export class HostRefusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly fatal: boolean;

  constructor(status: number, message: string, type = 'BadRequestError', fatal = false) {
    super(message);
    this.status = status;
    this.type = type;
    this.fatal = fatal;
  }
}

type Json = Record<string, unknown>;

const fatal = (why: string): HostRefusal => new HostRefusal(500, why, 'InternalServerError', true);

/** Understands a request by the rules of a host, stricter than it where it lets mistakes pass: no field that it ignores. */
export async function readChat(body: string, rules: HostRules, reader: TensorReader): Promise<ChatRead> {
  const request = JSON.parse(body) as Json;
  only(request, ['model', 'messages', 'stream', 'max_completion_tokens', 'temperature'], 'request');
  const { model, messages, stream, max_completion_tokens: maxTokens, temperature } = request;
  if (model !== rules.model) {
    throw new HostRefusal(404, `The model \`${String(model)}\` does not exist.`, 'NotFoundError');
  }
  if (stream !== true) throw new HostRefusal(400, 'no stream asked for');
  if (!(typeof maxTokens === 'number' && maxTokens >= 1 && typeof temperature === 'number' && temperature >= 0)) {
    throw new HostRefusal(400, 'bad sampling parameters');
  }
  const list = messages as Json[];
  const user = list.at(-1);
  const system = list.length === 2 ? list[0] : undefined;
  if (user?.['role'] !== 'user' || list.length > 2 || (system && system['role'] !== 'system')) {
    throw new HostRefusal(400, 'not one message of the user, after one of the system at most');
  }
  const parts: PartRead[] = [];
  const content = user['content'] as Json[];
  refuseMixture(content, rules);
  let image = 0;
  for (const part of content) {
    parts.push(await readPart(part, rules, reader, image));
    if (part['type'] !== 'text') image++;
  }
  limitLength(parts, maxTokens, rules);
  return { system: system?.['content'] as string | undefined, parts, maxTokens, temperature };
}

/** vllm/renderers/chat_utils/item_tracker.py, _get_embeds_data and _merge_embeds. */
function refuseMixture(content: readonly Json[], { kind }: HostRules): void {
  const embeds = content.filter(({ type }) => type === 'image_embeds').map((part) => part['image_embeds']);
  if (kind === 'trtllm' || embeds.length === 0) return;
  const nulls = embeds.filter((value) => value === null).length;
  if (nulls > 0 && nulls < embeds.length) {
    if (embeds[0] === null) throw new HostRefusal(501, "<class 'list'>", 'NotImplementedError');
    throw new HostRefusal(500, "'NoneType' object has no attribute 'shape'", 'InternalServerError');
  }
  const keys = new Set(embeds.map((value) => (typeof value === 'object' && value ? Object.keys(value).join() : 'one')));
  if (keys.size > 1) {
    throw new HostRefusal(400, 'All dictionaries in the list of embeddings must have the same keys.');
  }
}

async function readPart(part: Json, rules: HostRules, reader: TensorReader, image: number): Promise<PartRead> {
  if (part['type'] === 'text') {
    only(part, ['type', 'text'], 'text');
    if (typeof part['text'] !== 'string') throw new HostRefusal(400, 'text is no string');
    return { type: 'text', text: part['text'] };
  }
  if (part['type'] === 'prompt_embeds') return readPrompt(part, rules, reader);
  if (part['type'] !== 'image_embeds') throw new HostRefusal(400, `Unknown part type: ${String(part['type'])}`);
  if (rules.textOnly) throw new HostRefusal(400, 'You must set `--enable-mm-embeds` to input `image_embeds`');
  if (rules.kind === 'trtllm') return readTrtLlm(part, rules, reader);
  return readVllm(part, rules, reader, image);
}

async function readVllm(part: Json, rules: HostRules, reader: TensorReader, image: number): Promise<PartRead> {
  only(part, ['type', 'image_embeds', 'uuid'], 'image_embeds');
  const { image_embeds: embeds, uuid } = part as { image_embeds: unknown; uuid: string };
  if (typeof uuid !== 'string') throw new HostRefusal(400, 'no uuid');
  if (embeds === null) {
    const tokens = rules.keepsEmbeddings ? rules.kept.get(uuid) : undefined;
    if (tokens === undefined) {
      throw new HostRefusal(400, `Cache miss for image at index ${image} but data is not provided.`);
    }
    return { type: 'image_embeds', uuid, tokens, tensor: undefined };
  }
  const readers = rules.readsNpy === false ? (['torch'] as const) : (['npy', 'torch'] as const);
  if ((typeof embeds === 'object') !== (rules.shape === 'grid')) throw fatal('image_grid_thw, or too much of it');
  const fields = (rules.shape === 'grid' ? embeds : { image_embeds: embeds }) as Record<string, string>;
  const tensor = await tensorOf(fields['image_embeds'], readers, reader);
  const tokens = checkFrame(tensor, rules);
  const grid = rules.shape === 'grid' ? await readGrid(fields, tokens, readers, reader) : undefined;
  // A name that stands for two things ends the engine: vllm-project/vllm#55546.
  if (rules.kept.has(uuid) && rules.kept.get(uuid) !== tokens) throw fatal(`uuid ${uuid} had other tokens before`);
  rules.kept.set(uuid, tokens);
  return { type: 'image_embeds', uuid, tokens, tensor, ...(grid && { grid }) };
}

async function readGrid(
  fields: Record<string, string>,
  tokens: number,
  readers: readonly ('npy' | 'torch')[],
  reader: TensorReader,
): Promise<readonly number[]> {
  only(fields, ['image_embeds', 'image_grid_thw'], 'grid');
  const { dtype, shape, values } = await tensorOf(fields['image_grid_thw'], readers, reader);
  if (dtype !== 'int64' || shape.join() !== '3') throw fatal(`image_grid_thw is ${dtype} [${shape.join()}]`);
  const [t = 0, h = 0, w = 0] = values;
  if ((t * h * w) / 4 !== tokens || h % 2 || w % 2) throw fatal(`grid ${values.join('×')} for ${tokens} tokens`);
  return values;
}

async function readTrtLlm(part: Json, rules: HostRules, reader: TensorReader): Promise<PartRead> {
  only(part, ['type', 'image_embeds'], 'image_embeds');
  const embeds = part['image_embeds'] as Json;
  only(embeds, ['data'], 'data');
  const tensor = await tensorOf(embeds['data'], ['torch'], reader);
  return { type: 'image_embeds', tokens: checkFrame(tensor, rules), tensor };
}

/** vllm/renderers/embed_utils.py. */
async function readPrompt(part: Json, rules: HostRules, reader: TensorReader): Promise<PartRead> {
  only(part, ['type', 'data'], 'prompt_embeds');
  if (!rules.textOnly) throw new HostRefusal(400, 'You must set `--enable-prompt-embeds` to input `prompt_embeds`');
  const tensor = await tensorOf(part['data'], ['torch'], reader);
  const [tokens = 0, hidden] = tensor.shape;
  if (tensor.shape.length !== 2) throw new HostRefusal(400, '`prompt_embeds` must be a 2D tensor');
  if (hidden !== rules.hidden) {
    throw new HostRefusal(400, `\`prompt_embeds\` hidden_size ${hidden} does not match the model's hidden_size`);
  }
  if (!/float/.test(tensor.dtype)) throw new HostRefusal(400, `\`prompt_embeds\` dtype ${tensor.dtype}`);
  return { type: 'prompt_embeds', tokens, tensor };
}

async function tensorOf(
  data: unknown,
  readers: readonly ('npy' | 'torch')[],
  reader: TensorReader,
): Promise<ReadTensor> {
  if (typeof data !== 'string') throw new HostRefusal(400, 'no base64');
  try {
    return await reader.read(data, readers, true);
  } catch (thrown) {
    throw new HostRefusal(400, (thrown as Error).message);
  }
}

/** Both merge the frames' rows into those of the prompt: what does not fit there ends the engine. */
function checkFrame({ dtype, shape, contiguous, values }: ReadTensor, { hidden }: HostRules): number {
  const [tokens = 0, channels] = shape;
  if (shape.length !== 2 || channels !== hidden || tokens < 1) throw fatal(`embeddings of [${shape.join()}]`);
  if (!/^(?:float16|float32|bfloat16)$/.test(dtype) || !contiguous) throw fatal(`embeddings of ${dtype}`);
  if (values.some((value) => !Number.isFinite(value))) throw fatal('embeddings that are no numbers');
  return tokens;
}

/** vLLM's words; a word is a token here. */
function limitLength(parts: readonly PartRead[], maxTokens: number, { contextTokens }: HostRules): void {
  if (contextTokens === undefined) return;
  const tokens = parts.reduce(
    (sum, part) => sum + (part.type === 'text' ? part.text.split(' ').length : part.tokens),
    0,
  );
  if (tokens + maxTokens <= contextTokens) return;
  throw new HostRefusal(
    400,
    `This model's maximum context length is ${contextTokens} tokens. However, you requested ${maxTokens} output tokens ` +
      `and your prompt contains ${tokens} input tokens. Please reduce the length of the input prompt.`,
  );
}

function only(of: object, names: readonly string[], where: string): void {
  const others = Object.keys(of).filter((name) => !names.includes(name));
  if (others.length > 0) throw new HostRefusal(400, `${where}: unknown field ${others.join()}`);
}
