import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResizeMode } from '../media/vision-encoder.ts';
import { encoderDigest } from './encoder-digest.ts';
import { embeddedFolder, isMissing } from './encoder-folders.ts';
import { cachedRepository } from './hub-cache.ts';
import { cardFileName, readModelCard } from './model-card.ts';

/** An encoder that has a short name. */
export interface KnownEncoder {
  readonly name: string;
  /** `embedded`, or `hf:OWNER/NAME` as `resolveEncoder` takes it. */
  readonly source: string;
  /** Rows, and columns, of the patch grid. */
  readonly gridSide: number;
  readonly channels: number;
  /** Pixels of the square input. */
  readonly inputSide: number;
  /** SPDX identifier of the weights' licence. */
  readonly licence: string;
  /** Where the patch tokens are an inner value of the published graph, its name; see `ModelCard.outputName`. */
  readonly outputName?: string;
  /** How frames become the square where the host model does it differently from the published preprocessor. */
  readonly resize?: ResizeMode;
  /** Its text tower is downloaded too, so that it takes queries. Default false. */
  readonly text?: boolean;
}

/** A known encoder and whether it can be used without a network. */
export interface EncoderListing extends KnownEncoder {
  readonly installed: boolean;
  /** Of an installed embedded encoder; a downloaded one gets its digest when it is opened. */
  readonly digest?: string;
}

/** The encoder that ships inside the package, and what is used where none is named. */
export const defaultEncoder = 'mobilenet-v2';

/**
 * Encoders with a short name. The sizes say what to expect before a download; what counts is the card that is derived
 * from the files, and that is checked against the model.
 */
export const knownEncoders: readonly KnownEncoder[] = [
  known(defaultEncoder, 'embedded', 24, 576, 384),
  known('siglip-base-patch16-384', 'hf:Xenova/siglip-base-patch16-384', 24, 768, 384),
  known('siglip-large-patch16-384', 'hf:Xenova/siglip-large-patch16-384', 24, 1024, 384),
  known('siglip-base-patch16-224', 'hf:Xenova/siglip-base-patch16-224', 14, 768, 224),
  known('dinov2-small', 'hf:onnx-community/dinov2-small-ONNX', 24, 384, 336),
  known('dinov2-base', 'hf:onnx-community/dinov2-base', 24, 768, 336),
  {
    ...known('clip-vit-large-patch14-336', 'hf:Xenova/clip-vit-large-patch14-336', 24, 1024, 336),
    licence: 'MIT',
    // LLaVA-1.5 (arXiv 2310.03744; mm_vision_select_layer -2, image_aspect_ratio pad): what the last but one of the 24
    // layers gives, before any norm. The name is the one that torch.onnx gives to the second sum of that layer.
    outputName: '/vision_model/encoder/layers.22/Add_1_output_0',
    resize: 'pad',
  },
  // What the last of the 12 layers gives, before the class token's norm: what Recoverable Compression (arXiv 2409.01179)
  // projects. Named as above.
  clipBase('clip-vit-base-patch16', 14),
  clipBase('clip-vit-base-patch32', 7),
];

/** Whether an encoder's repository is downloaded with its text tower. */
export function readsText(source: string): boolean {
  return knownEncoders.some((encoder) => encoder.source === source && encoder.text === true);
}

/** Every known encoder, with what `framenest models` prints. Reads the disk, never the network. */
export async function listEncoders(options: { cacheDir?: string | undefined } = {}): Promise<EncoderListing[]> {
  return Promise.all(
    knownEncoders.map(async (encoder) => {
      if (encoder.source === 'embedded') return embeddedListing(encoder);
      const cached = await cachedRepository(encoder.source, options.cacheDir);
      return { ...encoder, installed: cached !== undefined };
    }),
  );
}

async function embeddedListing(encoder: KnownEncoder): Promise<EncoderListing> {
  const folder = embeddedFolder(encoder.name);
  try {
    const card = await readModelCard(join(folder, cardFileName));
    const modelPath = join(folder, card.file);
    await stat(modelPath);
    return { ...encoder, installed: true, digest: await encoderDigest(card, modelPath) };
  } catch (thrown) {
    if (isMissing(thrown)) return { ...encoder, installed: false };
    throw thrown;
  }
}

function known(name: string, source: string, gridSide: number, channels: number, inputSide: number): KnownEncoder {
  return { name, source, gridSide, channels, inputSide, licence: 'Apache-2.0' };
}

function clipBase(name: string, gridSide: number): KnownEncoder {
  return {
    ...known(name, `hf:Xenova/${name}`, gridSide, 768, 224),
    licence: 'MIT',
    outputName: '/vision_model/encoder/layers.11/Add_1_output_0',
    text: true,
  };
}
