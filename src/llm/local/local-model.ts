import { basename } from 'node:path';
import { FramenestError } from '../../errors.ts';
import type { TokenOrigin } from '../window-frame.ts';
import { ChatTemplate } from './chat-template.ts';
import { modelFacts } from './model-facts.ts';
import type { ModelFacts } from './model-facts.ts';
import { modelInvalid } from './model-invalid.ts';
import type { ModelFolder } from './model-folder.ts';
import { TextCodec } from './text-codec.ts';

/** All of a model but its graphs. */
export interface LocalModel {
  /** For people. */
  readonly name: string;
  readonly facts: ModelFacts;
  readonly codec: TextCodec;
  readonly template: ChatTemplate;
  /** Positions that it was made for. */
  readonly contextTokens: number;
  /** Tokens that end an answer, at least one. */
  readonly ends: readonly number[];
}

/** A `model_max_length` beyond this stands for "no limit known". */
const longest = 10_000_000;

/**
 * Makes sense of a model's descriptions.
 * @throws FramenestError MODEL_INVALID naming the file and what is wrong with it
 */
export function localModel(files: ModelFolder): LocalModel {
  const { folder, tokenizerConfig } = files;
  const facts = modelFacts(files.config, files.generation, folder);
  const codec = codecOf(files);
  const imageMark = codec.markOf(facts.imageToken);
  if (imageMark === undefined) {
    throw modelInvalid(
      `${folder}/tokenizer.json has no token ${facts.imageToken}, which config.json calls the image's.`,
      'Take both files from the same model.',
    );
  }
  const named = ['bos_token', 'eos_token', 'pad_token', 'unk_token'];
  const context = Object.fromEntries(named.map((key) => [key, contentOf(tokenizerConfig[key])]));
  return {
    name: basename(folder),
    facts,
    codec,
    template: new ChatTemplate(files.template, imageMark, context, folder),
    contextTokens: contextOf(facts, tokenizerConfig, folder),
    ends: endsOf(facts, codec, context['eos_token'], folder),
  };
}

/**
 * Whether a model with embeddings of so many channels understands tokens of this origin.
 * @param encoder digest of the one encoder that belongs to it, where it is known
 * @throws FramenestError HOST_MISMATCH
 */
export function checkOrigin(origin: TokenOrigin, name: string, channels: number, encoder: string | undefined): void {
  if (origin.channels !== channels) {
    throw mismatch(`${name} takes tokens of ${channels} channels; the encoder gives ${origin.channels}`);
  }
  if (origin.stage !== 'post') {
    throw mismatch(`${name} takes tokens from behind its projector; the encoder gives those before it`);
  }
  if (encoder !== undefined && origin.encoder !== encoder) {
    throw mismatch(`${name} belongs to the encoder ${encoder}; the tokens are of ${origin.encoder}`);
  }
}

function codecOf({ folder, tokenizer, tokenizerConfig }: ModelFolder): TextCodec {
  try {
    const codec = new TextCodec(tokenizer, tokenizerConfig);
    codec.decode(codec.encode('a'));
    return codec;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const mend = 'Fetch tokenizer.json and tokenizer_config.json again.';
    throw modelInvalid(`${folder}/tokenizer.json cannot be used: ${reason}.`, mend, cause);
  }
}

function contextOf(facts: ModelFacts, tokenizerConfig: Readonly<Record<string, unknown>>, folder: string): number {
  const said = tokenizerConfig['model_max_length'];
  const most = typeof said === 'number' && said >= 1 && said <= longest ? Math.floor(said) : undefined;
  const context = facts.contextTokens ?? most;
  if (context !== undefined) return context;
  throw modelInvalid(
    `${folder}/config.json has no max_position_embeddings.`,
    'Write into it how many positions the model was made for.',
  );
}

function endsOf(facts: ModelFacts, codec: TextCodec, eos: unknown, folder: string): readonly number[] {
  if (facts.ends.length > 0) return facts.ends;
  const id = typeof eos === 'string' ? codec.idOf(eos) : undefined;
  if (id !== undefined) return [id];
  throw modelInvalid(
    `Nothing in ${folder} says which token ends an answer.`,
    'Put the generation_config.json of the model there, with its eos_token_id.',
  );
}

/** A special token as `tokenizer_config.json` has it: the text, or an object with it. */
function contentOf(token: unknown): unknown {
  return typeof token === 'object' && token !== null && 'content' in token ? token.content : token;
}

function mismatch(what: string): FramenestError {
  return new FramenestError('HOST_MISMATCH', {
    what: `${what}.`,
    mend: 'Use the encoder that belongs to the model (docs/models.md).',
  });
}
