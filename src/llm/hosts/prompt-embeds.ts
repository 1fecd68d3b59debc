import type { FrameDoor } from './frame-door.ts';
import { plainDoor } from './frame-door.ts';
import { framePayload } from './frame-payload.ts';
import type { TokenDtype } from './frame-payload.ts';

/**
 * vLLM's door for a model that knows only text: a part `prompt_embeds` for each frame, in place of so many words. Only the
 * file of `torch.save` is understood, and nothing is kept by name. A model with positions in three dimensions (Qwen-VL)
 * loses them here and answers worse without saying so: it wants the door for models that see.
 */
export function promptEmbedsDoor(dtype: TokenDtype): FrameDoor {
  return plainDoor((frame) => ({
    type: 'prompt_embeds',
    data: framePayload(frame, { payload: 'torch', dtype }),
  }));
}
