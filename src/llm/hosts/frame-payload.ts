import { FramenestError } from '../../errors.ts';
import { npyFile } from '../payload/npy.ts';
import { floatTensor, integerTensor } from '../payload/tensor.ts';
import type { PayloadDtype, PayloadTensor } from '../payload/tensor.ts';
import { torchFile } from '../payload/torch-file.ts';
import type { HeldFrame, TokenContent } from '../window-frame.ts';

/** How frames are written for a host. */
export interface PayloadOptions {
  /** `npy`: NumPy's file; `torch`: that of `torch.save`. */
  readonly payload: 'npy' | 'torch';
  /** Number format of the tokens; hosts convert it to that of their model. `npy` has no BF16. */
  readonly dtype: TokenDtype;
}

/** Number formats for tokens. */
export type TokenDtype = Exclude<PayloadDtype, 'I64'>;

/**
 * Checks how frames are to be written.
 * @throws FramenestError OPTION_INVALID for an unknown payload or number format, and for `npy` with BF16
 */
export function payloadOptions(payload: string, dtype: string): PayloadOptions {
  if (payload !== 'npy' && payload !== 'torch') throw refused(`payload is "${payload}".`, 'Give "npy" or "torch".');
  if (dtype !== 'F16' && dtype !== 'F32' && dtype !== 'BF16') {
    throw refused(`dtype is "${dtype}".`, 'Give "F16", "BF16" or "F32".');
  }
  if (payload === 'npy' && dtype === 'BF16') {
    throw refused('payload "npy" has no BF16.', 'Give "F16", or the payload "torch".');
  }
  return { payload, dtype };
}

/** The tokens of a frame, `[tokens, channels]`, as base64. The frame is checked. */
export function framePayload({ tokens, content }: HeldFrame<TokenContent>, options: PayloadOptions): string {
  return coded(floatTensor(content.values, [tokens, content.channels], options.dtype), options);
}

/**
 * The grid of a frame as Qwen-VL counts it, as base64: `image_grid_thw`, int64 `[3]`: one picture, and height and width in
 * patches. Two by two patches become one token (`spatial_merge_size` 2), so √n tokens are 2√n patches a side.
 */
export function gridPayload({ tokens }: HeldFrame<TokenContent>, options: PayloadOptions): string {
  const side = 2 * Math.sqrt(tokens);
  return coded(integerTensor([1, side, side]), options);
}

function coded(tensor: PayloadTensor, { payload }: PayloadOptions): string {
  const file = payload === 'npy' ? npyFile(tensor) : torchFile(tensor);
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('base64');
}

function refused(what: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what: `Option ${what}`, mend });
}
