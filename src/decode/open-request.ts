import type { DecodeTarget } from '../media/frame-source.ts';
import type { Region } from '../media/region.ts';
import type { InputKind } from './input-kind.ts';

/** What a decoder's own `open…` function gets. All but the last two are plain data, fit for another process. */
export interface OpenRequest {
  /** As the user gave it, credentials included: never into an error. */
  readonly input: string;
  readonly kind: InputKind;
  readonly target: DecodeTarget;
  /** Painted over before scaling, at most {@link hiddenAtMost}. */
  readonly hide: readonly Region[];
  /** `off`, `auto`, or one of the known devices. */
  readonly hwaccel: string;
  /** It is the only source of its process: what libav logs is about it. */
  readonly alone: boolean;
  /** Of a live input that libav opens: frames are made when they are wanted (`FrameSource.want`), each the newest one. */
  readonly onDemand: boolean;
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
}
