import { FramenestError } from '../../errors.ts';
import type { HostOptions, TokenExpectation, TokenHost } from '../host.ts';
import { expectationOf } from './expectation.ts';
import { plainDoor } from './frame-door.ts';
import { framePayload, payloadOptions } from './frame-payload.ts';
import type { TokenDtype } from './frame-payload.ts';
import { hostAddress } from './host-address.ts';
import { HttpTokenHost } from './http-token-host.ts';
import { servedModel } from './served-model.ts';
import type { ServedModel } from './served-model.ts';

/** How `trtllm-serve` is spoken to. */
export interface TensorRtLlmOptions extends HostOptions {
  /** Number format of the tokens. Default F16. */
  readonly dtype?: TokenDtype;
}

/**
 * Opens `trtllm-serve`: asks what it serves, and takes the model that was named, or the first. It understands the file of
 * `torch.save` alone, keeps nothing by name, and has no place for the grid that Qwen-VL needs.
 * @param options - `url` defaults to `http://127.0.0.1:8000/v1`
 * @throws FramenestError OPTION_INVALID; HOST_REFUSED for a model that it does not serve, naming those that it does;
 * HOST_UNREACHABLE, HOST_BUSY, HOST_FAILED. What its model expects is checked later, by `check` and by `ask`.
 */
export async function openTensorRtLlm(options: TensorRtLlmOptions): Promise<TokenHost> {
  const address = hostAddress('TensorRT-LLM', options);
  const payload = payloadOptions('torch', options.dtype ?? 'F16');
  const model = await servedModel(address, options.model);
  const door = plainDoor((frame) => ({
    type: 'image_embeds',
    image_embeds: { data: framePayload(frame, payload) },
  }));
  const expects = rasterOf(model, options.expects);
  return new HttpTokenHost({ address, model, expects, door, dtype: payload.dtype });
}

function rasterOf(model: ServedModel, said: HostOptions['expects']): TokenExpectation | FramenestError {
  const expects = expectationOf(model, said);
  if (expects instanceof FramenestError || expects.shape !== 'grid') return expects;
  return new FramenestError('HOST_MISMATCH', {
    what: `"${model.name}" wants to know the grid of each frame, and TensorRT-LLM has no field for it.`,
    mend: 'Run the model in vLLM, or take one of the LLaVA family.',
  });
}
