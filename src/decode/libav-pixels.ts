import { AV_PIX_FMT_RGB24 } from 'node-av/constants';
import { Frame as Picture } from 'node-av/lib';
import type { FrameBuffers } from './frame-buffers.ts';
import { checked } from './libav-runtime.ts';

/**
 * Copies RGB24 pictures out of libav's memory, rows without padding. They go through one picture of our own whose memory
 * was looked at once: looking at a picture's memory makes an external buffer of its size each time, and these make the
 * garbage collector run every few frames.
 */
export class PixelCopier {
  readonly #buffers: FrameBuffers;
  #staging: { readonly picture: Picture; readonly plane: Uint8Array } | undefined;

  /** @param buffers - where the copies come from */
  constructor(buffers: FrameBuffers) {
    this.#buffers = buffers;
  }

  /** @returns `height * width * 3` bytes, owned by the caller */
  copy(picture: Picture): Uint8Array<ArrayBuffer> {
    const { width, height } = picture;
    const bytes = width * height * 3;
    const { picture: staging, plane } = this.#stagingFor(width, height);
    checked(staging.copy(picture), 'copying a picture');
    const data = this.#buffers.take(bytes);
    data.set(plane);
    return data;
  }

  /** Frees the picture between. Copies that were made stay. */
  free(): void {
    this.#staging?.picture.free();
    this.#staging = undefined;
  }

  #stagingFor(width: number, height: number): { readonly picture: Picture; readonly plane: Uint8Array } {
    const known = this.#staging;
    if (known?.picture.width === width && known.picture.height === height) return known;
    this.free();
    const picture = new Picture();
    picture.alloc();
    picture.format = AV_PIX_FMT_RGB24;
    picture.width = width;
    picture.height = height;
    checked(picture.getBuffer(1), 'allocating a picture');
    const plane = picture.data?.[0];
    if (!plane || picture.linesize[0] !== width * 3) throw new Error('libav gave a picture with padded rows.');
    this.#staging = { picture, plane: plane.subarray(0, width * height * 3) };
    return this.#staging;
  }
}
