import { FramenestError } from '../../errors.ts';
import type { HostQuestion } from '../host.ts';
import type { HeldFrame, TokenContent, WindowPart } from '../window-frame.ts';
import type { ChatPart, ChatPiece, ChatTemplate } from './chat-template.ts';
import { modelInvalid } from './model-invalid.ts';
import type { TextCodec } from './text-codec.ts';
import type { SplicedRows } from './worker/messages.ts';

/** What stands at a position: a token, or the id of the frame whose visual token it is. */
export type PositionKey = number | string;

/** A question as the model reads it. */
export interface Prompt {
  /** One for each position. Equal beginnings mean equal keys and values. */
  readonly keys: readonly PositionKey[];
  /** Frames and the position of their first token, in order. */
  readonly frames: readonly { readonly at: number; readonly frame: HeldFrame<TokenContent> }[];
}

/** What turns questions into prompts. */
export interface PromptParts {
  readonly codec: TextCodec;
  readonly template: ChatTemplate;
  /** Channels of the model's embeddings. */
  readonly channels: number;
  /** The token that stands for an image in text. */
  readonly imageToken: number;
}

/**
 * Window and question through the chat template, as tokens; each frame takes as many positions as it has tokens.
 * @throws FramenestError HOST_MISMATCH for a frame of other channels or of another size than it says
 */
export function composePrompt(question: HostQuestion<TokenContent>, parts: PromptParts): Prompt {
  const asked: readonly WindowPart<TokenContent>[] = [
    ...question.window.parts,
    { type: 'text', text: question.prompt },
  ];
  const frames = asked.flatMap((part) => (part.type === 'frame' ? [part.frame] : []));
  const chat = asked.map((part): ChatPart => (part.type === 'frame' ? { type: 'frame' } : part));
  const pieces = parts.template.pieces(chat, question.system);
  const keys: PositionKey[] = [];
  const placed: { at: number; frame: HeldFrame<TokenContent> }[] = [];
  for (const run of runsOf(pieces)) {
    for (const token of tokensOf(run, parts)) keys.push(token);
    const frame = frames[placed.length];
    if (!run.frame) continue;
    if (!frame) break;
    placed.push({ at: keys.length, frame });
    for (let n = countOf(frame, parts.channels); n > 0; n--) keys.push(frame.id);
  }
  if (placed.length === frames.length) return { keys, frames: placed };
  throw modelInvalid(
    `The chat template writes another number of images than the ${frames.length} of the question.`,
    'Put the chat_template.jinja that belongs to the model into its folder.',
  );
}

/** How many positions two sequences have in common at their beginning. */
export function sharedLength(a: readonly PositionKey[], b: readonly PositionKey[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

/**
 * What a thread needs of a prompt of which it holds the first `from` positions. Copies: the frames stay as they are.
 * @param stand token for the positions of visual tokens; whatever it is, its embedding is replaced
 */
export function restOf(
  { keys, frames }: Prompt,
  from: number,
  stand: number,
): { ids: Int32Array<ArrayBuffer>; frames: SplicedRows[] } {
  const ids = Int32Array.from(keys.slice(from), (key) => (typeof key === 'number' ? key : stand));
  const rest = frames.flatMap(({ at, frame }): SplicedRows[] => {
    const { values, channels } = frame.content;
    const held = Math.max(0, from - at);
    const left = values.slice(held * channels);
    return left.length === 0 ? [] : [{ at: at + held - from, values: left }];
  });
  return { ids, frames: rest };
}

/** Text up to a frame, or up to the end. */
interface Run {
  readonly texts: { readonly text: string; readonly own: boolean }[];
  readonly frame: boolean;
}

function runsOf(pieces: readonly ChatPiece[]): Run[] {
  const runs: Run[] = [];
  let texts: Run['texts'] = [];
  for (const piece of pieces) {
    if (piece.type === 'text') texts.push(piece);
    else {
      runs.push({ texts, frame: true });
      texts = [];
    }
  }
  return [...runs, { texts, frame: false }];
}

/**
 * Text is read as one, as the model learned it: a word after the template's space is another token than the word alone.
 * Only where somebody's text holds control tokens, it is read apart from the template's.
 */
function tokensOf({ texts }: Run, { codec, imageToken }: PromptParts): readonly number[] {
  const apart = texts.some(({ text, own }) => own && codec.holdsMark(text));
  const tokens = apart
    ? texts.flatMap(({ text, own }) => (own ? codec.encodePlain(text) : codec.encode(text)))
    : codec.encode(texts.map(({ text }) => text).join(''));
  if (!tokens.includes(imageToken)) return tokens;
  throw modelInvalid(
    'The chat template writes an image where the question has none.',
    'Put the chat_template.jinja that belongs to the model into its folder.',
  );
}

function countOf({ id, tokens, content }: HeldFrame<TokenContent>, channels: number): number {
  const { values } = content;
  if (content.channels === channels && values.length === tokens * channels && tokens > 0) return tokens;
  throw new FramenestError('HOST_MISMATCH', {
    what: `The frame ${id} has ${tokens} tokens of ${content.channels} channels in ${values.length} values; the local model wants ${channels} channels.`,
    mend: 'Use the encoder that belongs to the model (docs/models.md).',
  });
}
