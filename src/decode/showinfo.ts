import { tellsLoss } from './loss-lines.ts';

/** What FFmpeg's `showinfo` filter says of one picture. */
export interface PictureNote {
  /** In the timebase of the filter link; undefined where the container has none. */
  readonly pts: bigint | undefined;
  readonly keyframe: boolean;
}

/** One line of the log, by what it means to the decoder. */
export type LogLine =
  /** A picture went into the chain. */
  | { readonly kind: 'decoded'; readonly note: PictureNote }
  /** A picture came out of the chain. */
  | { readonly kind: 'kept'; readonly note: PictureNote }
  /** A packet or picture that FFmpeg calls corrupt, or an early end of the file. */
  | { readonly kind: 'corrupt'; readonly text: string }
  /** Something that matters to a live source only: a part of the stream was lost on the way. */
  | { readonly kind: 'lost' }
  /** FFmpeg stopped reading the input for another reason than its end. */
  | { readonly kind: 'read-error'; readonly text: string }
  | { readonly kind: 'other' };

const picture = /^\[showinfo@(\w+) @ [^\]]*\] \[info\] n:\s*\d+ pts:\s*(-?\d+|NOPTS) .*\biskey:([01])/;
// The wording of FFmpeg 4 to 8.
const corruptData =
  /corrupt input packet|corrupt decoded frame|Packet corrupt|Error while decoding stream|Error submitting packet to decoder|Decoding error:|File ended prematurely/i;
const readError = /Error during demuxing: (.*)|Error while reading: (.*)/i;

/** The instance names that {@link watchedGraph} gives to its two `showinfo` filters. */
const watch = { decoded: 'decoded', kept: 'kept' } as const;

/** The chain with a `showinfo` after it, and one before it to count, where the chain drops pictures. */
export function watchedGraph(graph: string, dropsPictures: boolean): string {
  const before = dropsPictures ? [`showinfo@${watch.decoded}=checksum=0`] : [];
  return [...before, graph, `showinfo@${watch.kept}=checksum=0`].join(',');
}

/**
 * Reads one line that ffmpeg wrote with `-loglevel level+info`. `url` is the input as ffmpeg was given it: FFmpeg 4 and 5
 * report a read error as `url: reason`.
 */
export function readLogLine(line: string, url: string): LogLine {
  const match = picture.exec(line);
  return match ? readPicture(match) : readTrouble(line, url);
}

function readPicture([, instance, pts = 'NOPTS', keyframe]: RegExpExecArray): LogLine {
  const note = { pts: pts === 'NOPTS' ? undefined : BigInt(pts), keyframe: keyframe === '1' };
  return { kind: instance === watch.decoded ? 'decoded' : 'kept', note };
}

function readTrouble(line: string, url: string): LogLine {
  const text = line.replace(/^\[[^\]]* @ [^\]]*\] /, '').replace(/^\[\w+\] /, '');
  if (corruptData.test(text)) return { kind: 'corrupt', text };
  if (tellsLoss(text)) return { kind: 'lost' };
  const reading = readError.exec(text);
  if (reading) return { kind: 'read-error', text: reading[1] ?? reading[2] ?? text };
  const prefix = `${url}: `;
  const failing = /^\[(?:error|fatal)\] /.test(line) && text.startsWith(prefix) && !text.startsWith(`${prefix}corrupt`);
  return failing ? { kind: 'read-error', text: text.slice(prefix.length) } : { kind: 'other' };
}
