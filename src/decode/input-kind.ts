import { fileURLToPath } from 'node:url';

/** What an input's spelling says of it, before anything is opened. */
export interface InputKind {
  /** What FFmpeg opens. A local file carries the `file:` prefix, so that no name is taken for a protocol or option. */
  readonly url: string;
  /** The path of a local file; absent for everything else. */
  readonly path?: string;
  /** FFmpeg's demuxer, where the input does not tell it by itself. */
  readonly format?: string;
  /** It is reached over a network: opening it has a time limit, and failing to is worth another try. */
  readonly network: boolean;
  /** A camera or broadcast: cannot be held back and has no end. */
  readonly live: boolean;
  /** FFmpeg options to open it with; times in microseconds. */
  readonly options: Readonly<Record<string, string>>;
}

/** How long a network input may take to answer, milliseconds. */
export const openTimeoutMs = 10_000;

const timeoutUs = String(openTimeoutMs * 1000);
const liveSchemes = new Set(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'rtmpt', 'rtp', 'srtp', 'udp', 'srt', 'tcp', 'rist']);

function networkOptions(scheme: string): Record<string, string> {
  // TCP: a lost UDP packet would cost a picture, and cameras behind a router answer on TCP only.
  if (scheme === 'rtsp' || scheme === 'rtsps') return { rtsp_transport: 'tcp', timeout: timeoutUs };
  if (scheme === 'udp') return { timeout: timeoutUs };
  return scheme === 'rtp' || scheme === 'srtp' ? {} : { rw_timeout: timeoutUs };
}

function localPath(input: string): string {
  try {
    return input.toLowerCase().startsWith('file://') ? fileURLToPath(input) : input;
  } catch {
    // A file URL of another host: there is no such file here.
    return input;
  }
}

/**
 * Tells local files, network streams, capture devices and `lavfi:` graphs apart. Anything that is no
 * `scheme://…`, no `lavfi:…` and no `/dev/video…` is a local path, relative to the working directory.
 */
export function inputKind(input: string): InputKind {
  const still = { network: false, live: false, options: {} };
  if (input.startsWith('lavfi:')) return { ...still, url: input.slice('lavfi:'.length), format: 'lavfi' };
  if (/^\/dev\/video\d+$/.test(input)) return { ...still, url: input, format: 'video4linux2', live: true };
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(input)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'file') {
    const path = localPath(input);
    return { ...still, url: `file:${path}`, path };
  }
  return { url: input, network: true, live: liveSchemes.has(scheme), options: networkOptions(scheme) };
}
