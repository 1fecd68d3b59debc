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
  /** How long a network input may take to answer, milliseconds. */
  readonly timeoutMs: number;
  /** FFmpeg options to open it with; times in microseconds. */
  readonly options: Readonly<Record<string, string>>;
}

/** What the caller knows better than the spelling, or wants otherwise. */
export interface InputSettings {
  /** It is a camera, or it is none. Default: what the spelling says. */
  readonly live?: boolean;
  /** How RTSP brings its packets. Default `tcp`. */
  readonly transport?: 'tcp' | 'udp';
  /** Seconds that a network input may take to answer, > 0. Default 10. */
  readonly openTimeoutS?: number;
  /**
   * Seconds that a network input may be silent once it is open, > 0: reading it then fails. Never less than
   * `openTimeoutS`, the default.
   */
  readonly silenceS?: number;
}

const liveSchemes = new Set(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'rtmpt', 'rtp', 'srtp', 'udp', 'srt', 'tcp', 'rist']);

// Of UDP: packets that overtake each other are put in order for up to half a second, and the socket holds what comes in
// while the decoder is busy.
const jitterUs = '500000';
const socketBytes = '2097152';

// A camera that cannot get rid of its packets leaves some out, over TCP too. Without a queue FFmpeg does not tell of the gap.
const gapPackets = '2';

// Nobody needs a camera's frame rate: estimating it takes 20 frames, which are old when they are given out at last.
const promptly = { fpsprobesize: '0' };

const defaultTimeoutS = 10;

// FFmpeg counts the microseconds of UDP in 31 bits.
const mostOfUdp = 2 ** 31 - 1;

function rtspOptions(transport: 'tcp' | 'udp', timeout: string): Record<string, string> {
  // Sound and camera events would only fill the connection.
  const common = { rtsp_transport: transport, allowed_media_types: 'video', timeout };
  return transport === 'tcp'
    ? { ...common, reorder_queue_size: gapPackets }
    : { ...common, max_delay: jitterUs, buffer_size: socketBytes };
}

function networkOptions(
  scheme: string,
  { transport = 'tcp', openTimeoutS = defaultTimeoutS, silenceS = 0 }: InputSettings,
): Record<string, string> {
  const silence = Math.ceil(Math.max(openTimeoutS, silenceS) * 1e6);
  const timeout = String(silence);
  // TCP: a lost UDP packet would cost a picture, and cameras behind a router answer on TCP only.
  if (scheme === 'rtsp' || scheme === 'rtsps') return rtspOptions(transport, timeout);
  if (scheme === 'udp') return { timeout: String(Math.min(silence, mostOfUdp)), buffer_size: socketBytes };
  return scheme === 'rtp' || scheme === 'srtp' ? { buffer_size: socketBytes } : { rw_timeout: timeout };
}

function localPath(input: string): string {
  try {
    return input.toLowerCase().startsWith('file://') ? fileURLToPath(input) : input;
  } catch {
    // A file URL of another host: there is no such file here.
    return input;
  }
}

function spelled(input: string, settings: InputSettings): Omit<InputKind, 'timeoutMs'> {
  const still = { network: false, live: false, options: {} };
  if (input.startsWith('lavfi:')) return { ...still, url: input.slice('lavfi:'.length), format: 'lavfi' };
  if (/^\/dev\/video\d+$/.test(input)) return { ...still, url: input, format: 'video4linux2', live: true };
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(input)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'file') {
    const path = localPath(input);
    return { ...still, url: `file:${path}`, path };
  }
  const options = networkOptions(scheme, settings);
  return { url: input, network: true, live: liveSchemes.has(scheme), options };
}

/**
 * Tells local files, network streams, capture devices and `lavfi:` graphs apart. Anything that is no
 * `scheme://…`, no `lavfi:…` and no `/dev/video…` is a local path, relative to the working directory.
 */
export function inputKind(input: string, settings: InputSettings = {}): InputKind {
  const { openTimeoutS = defaultTimeoutS } = settings;
  const timeoutMs = Math.ceil(openTimeoutS * 1000);
  const kind = spelled(input, settings);
  const live = settings.live ?? kind.live;
  const options = kind.network && live ? { ...kind.options, ...promptly } : kind.options;
  return { ...kind, live, timeoutMs, options };
}
