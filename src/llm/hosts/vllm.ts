import { FramenestError } from '../../errors.ts';
import type { HostOptions, TokenExpectation, TokenHost } from '../host.ts';
import { expectationOf, knownServed } from './expectation.ts';
import type { FrameDoor } from './frame-door.ts';
import { payloadOptions } from './frame-payload.ts';
import type { TokenDtype } from './frame-payload.ts';
import { hostAddress } from './host-address.ts';
import { HttpTokenHost } from './http-token-host.ts';
import { imageEmbedsDoor } from './image-embeds.ts';
import { promptEmbedsDoor } from './prompt-embeds.ts';
import { servedModel } from './served-model.ts';
import type { ServedModel } from './served-model.ts';

/** How vLLM is spoken to. It runs with `--enable-mm-embeds`, or with `--enable-prompt-embeds` for `prompt_embeds`. */
export interface VllmOptions extends HostOptions {
  /** `npy` (default); `torch` for vLLM before March 2026, and always for `prompt_embeds`. */
  readonly payload?: 'npy' | 'torch';
  /** Number format of the tokens. Default F16; BF16 needs `torch`. */
  readonly dtype?: TokenDtype;
  /** `image_embeds` (default) for models that see; `prompt_embeds` for models that know only text. */
  readonly door?: 'image_embeds' | 'prompt_embeds';
  /**
   * Whether frames that the host was sent are asked for by name alone, where all frames of a question were. Default
   * false: vLLM documents it, but the versions that we read keep no embeddings (decision 27). Two misses in a row end it.
   */
  readonly reuse?: boolean;
}

/**
 * Opens a vLLM server: asks what it serves, and takes the model that was named, or the first.
 * @param options - `url` defaults to `http://127.0.0.1:8000/v1`
 * @throws FramenestError OPTION_INVALID; HOST_REFUSED for a model that it does not serve, naming those that it does;
 * HOST_UNREACHABLE, HOST_BUSY, HOST_FAILED. What its model expects is checked later, by `check` and by `ask`.
 */
export async function openVllm(options: VllmOptions): Promise<TokenHost> {
  const address = hostAddress('vLLM', options);
  const { door: kind = 'image_embeds', dtype = 'F16', reuse = false } = options;
  const payload = payloadOptions(options.payload ?? (kind === 'image_embeds' ? 'npy' : 'torch'), dtype);
  if (kind === 'prompt_embeds' && payload.payload === 'npy') {
    throw invalid('The door "prompt_embeds" does not understand the payload "npy".', 'Give "torch", or leave it out.');
  }
  const model = await servedModel(address, options.model);
  if (kind === 'prompt_embeds') refuseVisual(model);
  const expects = expectationOf(model, options.expects);
  const door: FrameDoor =
    kind === 'prompt_embeds' ? promptEmbedsDoor(payload.dtype) : imageEmbedsDoor(shapeOf(expects), payload, reuse);
  return new HttpTokenHost({ address, model, expects, door, dtype: payload.dtype });
}

/** A model with a door for pictures has its own positions and marks around them: they are lost in the other door. */
function refuseVisual(model: ServedModel): void {
  if (knownServed(model) === undefined) return;
  throw invalid(
    `"${model.name}" is a model that sees, and "prompt_embeds" is for models of text.`,
    'Leave "door" out.',
  );
}

function shapeOf(expects: TokenExpectation | FramenestError): TokenExpectation['shape'] {
  return expects instanceof FramenestError ? undefined : expects.shape;
}

function invalid(what: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what, mend });
}
