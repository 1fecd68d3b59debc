import { deriveHfCard } from '#dist/encode/hf-card.js';
import type { HfFolder } from '#dist/encode/hf-card.js';
import { describe, expect, test } from 'vitest';

type Dims = readonly (number | string)[];
const free: Dims = ['batch_size', 'num_channels', 'height', 'width'];
const clipColours = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};
const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };

function folder(config: unknown, preprocessor: unknown, input = free, more: Partial<HfFolder> = {}): HfFolder {
  const hidden: Dims = ['batch_size', 'sequence_length', 'hidden'];
  return {
    where: 'some/folder',
    name: 'some',
    file: 'onnx/vision_model.onnx',
    config,
    preprocessor,
    signature: {
      inputs: [{ name: 'pixel_values', dtype: 'float32', dims: input }],
      outputs: [
        { name: 'pooler_output', dtype: 'float32', dims: ['batch_size', 'hidden'] },
        { name: 'last_hidden_state', dtype: 'float32', dims: hidden },
      ],
    },
    ...more,
  };
}

const clip = {
  config: {
    model_type: 'clip',
    projection_dim: 768,
    vision_config: { model_type: 'clip_vision_model', hidden_size: 1024, image_size: 336, patch_size: 14 },
  },
  preprocessor: {
    crop_size: { height: 336, width: 336 },
    do_center_crop: true,
    size: { shortest_edge: 336 },
    rescale_factor: 0.00392156862745098,
    ...clipColours,
  },
};
const dinov2 = {
  config: { model_type: 'dinov2', hidden_size: 384, image_size: 518, patch_size: 14 },
  preprocessor: {
    crop_size: { height: 224, width: 224 },
    do_center_crop: true,
    size: { shortest_edge: 256 },
    ...imagenet,
  },
};

describe('the derived card', () => {
  test('of a CLIP folder drops the class token and crops to the centre', () => {
    expect(deriveHfCard(folder(clip.config, clip.preprocessor))).toMatchObject({
      inputShape: ['batch', 3, 336, 336],
      outputName: 'last_hidden_state',
      outputLayout: 'tokens',
      prefixTokens: 1,
      gridSide: 24,
      channels: 1024,
      resize: 'crop',
      mean: clipColours.image_mean,
      std: clipColours.image_std,
    });
  });

  test('of a CLIP folder takes the inner value and the way to the square that are asked for', () => {
    const signature = {
      inputs: [{ name: 'pixel_values', dtype: 'float32', dims: free }],
      outputs: [{ name: 'image_embeds', dtype: 'float32', dims: ['batch_size', 768] }],
    };
    const asked = { outputName: 'layers.22/Add_1_output_0', resize: 'pad' } as const;
    const card = deriveHfCard(folder(clip.config, clip.preprocessor, free, { signature, ...asked }));
    expect(card).toMatchObject({ ...asked, outputLayout: 'tokens', prefixTokens: 1, gridSide: 24, channels: 1024 });
  });

  test('of a SigLIP folder has no prefix, stretches, and knows what an almost empty configuration means', () => {
    const config = { model_type: 'siglip', vision_config: { image_size: 384, model_type: 'siglip_vision_model' } };
    const preprocessor = { do_resize: true, size: { height: 384, width: 384 }, ...half };
    expect(deriveHfCard(folder(config, preprocessor))).toMatchObject({
      inputShape: ['batch', 3, 384, 384],
      prefixTokens: 0,
      gridSide: 24,
      channels: 768,
      resize: 'stretch',
      rescale: 1 / 255,
    });
  });

  test('of a DINOv2 folder follows the preprocessor, not the size of training', () => {
    const card = deriveHfCard(folder(dinov2.config, dinov2.preprocessor));
    expect(card).toMatchObject({ inputShape: ['batch', 3, 224, 224], prefixTokens: 1, gridSide: 16, channels: 384 });
  });

  test('of a DINOv2 folder takes a preferred side where the model leaves its size free', () => {
    const card = deriveHfCard(folder(dinov2.config, dinov2.preprocessor, free, { preferredSide: 336 }));
    expect(card).toMatchObject({ inputShape: ['batch', 3, 336, 336], gridSide: 24 });
  });

  test('of a DINOv2 folder keeps the side that the model fixes', () => {
    const fixed = [1, 3, 224, 224];
    const card = deriveHfCard(folder(dinov2.config, dinov2.preprocessor, fixed, { preferredSide: 336 }));
    expect(card).toMatchObject({ inputShape: [1, 3, 224, 224], gridSide: 16 });
  });

  test.each([
    [{ model_type: 'dinov2_with_registers' }, 5],
    [{ model_type: 'dinov2_with_registers', num_register_tokens: 8 }, 9],
    [{ model_type: 'dinov3_vit', num_register_tokens: 4 }, 5],
    [{ model_type: 'vit' }, 1],
  ])('of %j drops %i tokens', (config, prefixTokens) => {
    expect(deriveHfCard(folder({ patch_size: 16, ...config }, { size: 224, ...imagenet }))).toMatchObject({
      prefixTokens,
      gridSide: 14,
    });
  });

  test('leaves out what the preprocessor leaves out', () => {
    const preprocessor = { size: 224, do_rescale: false, do_normalize: false };
    const card = deriveHfCard(folder({ model_type: 'vit' }, preprocessor));
    expect(card).toMatchObject({ rescale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  });
});

describe('no card can be derived', () => {
  test.each<[string, unknown, unknown, RegExp]>([
    ['of an unknown family', { model_type: 'resnet' }, half, /resnet.*known are clip/],
    ['without a family', {}, half, /model_type is undefined/],
    ['without colours', { model_type: 'vit' }, { size: 224 }, /image_mean or image_std is missing/],
    ['of a patch size that is no number', { model_type: 'vit', patch_size: 'x' }, half, /patch_size/],
    ['of a grid above 32', { model_type: 'vit', patch_size: 4 }, { size: 224, ...half }, /gridSide/],
    ['of a configuration that is a list', [], half, /config\.json/],
  ])('%s', (_, config, preprocessor, words) => {
    const derive = (): unknown => deriveHfCard(folder(config, preprocessor));
    expect(derive).toThrow(expect.objectContaining({ code: 'ENCODER_CARD_INVALID' }) as Error);
    expect(derive).toThrow(words);
  });

  test('of a CLIP export that holds the pooled vector alone, and the error says what to export', () => {
    const signature = {
      inputs: [{ name: 'pixel_values', dtype: 'float32', dims: free }],
      outputs: [{ name: 'image_embeds', dtype: 'float32', dims: ['batch_size', 768] }],
    };
    const derive = (): unknown => deriveHfCard(folder(clip.config, clip.preprocessor, free, { signature }));
    expect(derive).toThrow(expect.objectContaining({ code: 'ENCODER_MISMATCH' }) as Error);
    expect(derive).toThrow(/image_embeds.*last_hidden_state/);
  });
});
