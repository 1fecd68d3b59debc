import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { softwareInstead } from './hardware-notes.ts';
import type { OpenRequest } from './open-request.ts';
import { redactText } from './redact.ts';

const run = promisify(execFile);

/** How long a driver may take to answer, milliseconds. */
const driverMs = 10_000;

/** Why the device cannot be made, in ffmpeg's words; undefined where it can. */
async function refusal({ ffmpeg }: FfmpegBinary, name: string, signal: AbortSignal): Promise<string | undefined> {
  const nothing = ['-f', 'lavfi', '-i', 'color=s=16x16', '-frames:v', '1', '-f', 'null', '-'];
  const args = ['-nostdin', '-v', 'error', '-init_hw_device', name, ...nothing];
  try {
    await run(ffmpeg, args, { timeout: driverMs, killSignal: 'SIGKILL', signal });
    return undefined;
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    const reason = redactText(stderr.trim().split('\n')[0] ?? '', '').replace(/^(\[[^\]]*\] )*/, '');
    return reason === '' ? 'ffmpeg gives no reason' : reason;
  }
}

/**
 * The options that make ffmpeg decode with the wanted device; none where it cannot be made, and the request's `onNote`
 * then says why: ffmpeg would not start. `auto` falls back by itself.
 */
export async function hardwareOptions(request: OpenRequest, binary: FfmpegBinary): Promise<string[]> {
  const { hwaccel, signal, onNote } = request;
  if (hwaccel === 'off') return [];
  const reason = hwaccel === 'auto' ? undefined : await refusal(binary, hwaccel, signal);
  if (reason === undefined) return ['-hwaccel', hwaccel];
  onNote(softwareInstead(hwaccel, reason));
  return [];
}
