import { FramenestError } from '../errors.ts';
import type { Region } from '../media/region.ts';
import { hiddenAtMost } from './hidden-regions.ts';
import { redactInput } from './redact.ts';
import { inputKind } from './input-kind.ts';
import type { InputSettings } from './input-kind.ts';

/** FFmpeg's names of the devices that decode, of all platforms. */
export const hardwareNames = [
  ...['amf', 'cuda', 'd3d11va', 'd3d12va', 'drm', 'dxva2', 'mediacodec', 'qsv', 'rkmpp', 'vaapi', 'vdpau'],
  ...['videotoolbox', 'vulkan'],
] as const;

/** The options whose values can be wrong although their types are right. */
export interface CheckedOptions {
  readonly hide?: readonly Region[];
  readonly hwaccel?: string;
  readonly openTimeoutS?: number;
  readonly transport?: string;
}

function invalid(name: string, value: string, mend: string): FramenestError {
  return new FramenestError('OPTION_INVALID', { what: `The option "${name}" is ${value}.`, mend });
}

function isRegion({ x, y, width, height }: Region): boolean {
  // Shares that come from a division may end a rounding beyond the picture.
  const isSpan = (from: number, length: number): boolean => from >= 0 && length > 0 && from + length <= 1 + 1e-9;
  return isSpan(x, width) && isSpan(y, height);
}

function checkHardware(hwaccel: string): void {
  const known: readonly string[] = ['off', 'auto', ...hardwareNames];
  if (!known.includes(hwaccel)) throw invalid('hwaccel', `"${hwaccel}"`, `Give one of ${known.join(', ')}.`);
}

function checkHidden(hide: readonly Region[]): void {
  if (hide.length > hiddenAtMost) {
    throw invalid('hide', `${hide.length} rectangles long`, `Give ${hiddenAtMost} at most.`);
  }
  const outside = hide.find((region) => !isRegion(region));
  if (!outside) return;
  const mend = 'Give x, y, width and height as shares of the upright picture, within 0 … 1 and not empty.';
  throw invalid('hide', JSON.stringify(outside), mend);
}

function checkTimeout(seconds: number): void {
  if (seconds > 0 && seconds <= 3600) return;
  throw invalid('openTimeoutS', String(seconds), 'Give seconds above 0, at most 3600.');
}

/** @throws FramenestError OPTION_INVALID, with the value. */
export function checkOptions({
  hide = [],
  hwaccel = 'off',
  openTimeoutS = 10,
  transport = 'tcp',
}: CheckedOptions): void {
  checkHardware(hwaccel);
  checkHidden(hide);
  checkTimeout(openTimeoutS);
  if (!['tcp', 'udp'].includes(transport)) throw invalid('transport', `"${transport}"`, 'Give tcp or udp.');
}

/** What can be wrong with a sub-stream beside its input, in words; undefined where nothing is. */
export function pairFault(
  input: string,
  scoreInput: string,
  settings: InputSettings & { readonly decoder?: string },
): string | undefined {
  if (settings.decoder === 'ffmpeg') return 'expected the decoder "auto" or "libav" beside it';
  const live = [input, scoreInput].every((each) => inputKind(each, settings).live);
  return live ? undefined : 'expected two streams of one camera: this input, or the one beside it, is none of a camera';
}

/** @throws FramenestError OPTION_INVALID where a sub-stream does not fit. */
export function checkPair(
  input: string,
  scoreInput: string,
  settings: InputSettings & { readonly decoder?: string },
): void {
  const fault = pairFault(input, scoreInput, settings);
  if (fault === undefined) return;
  const mend = 'Leave it out, or give the sub-stream of a live input and the built-in decoder.';
  throw invalid('scoreInput', `"${redactInput(scoreInput)}": ${fault}`, mend);
}
