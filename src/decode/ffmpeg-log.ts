import type { SourceCounts } from '../media/frame-source.ts';
import { ticks } from '../media/timebase.ts';
import type { DamageLog } from './damage.ts';
import { NoteQueue } from './ffmpeg-notes.ts';
import type { OpenRequest } from './open-request.ts';
import { readLogLine } from './showinfo.ts';
import type { PictureNote } from './showinfo.ts';
import { SmearGuard } from './smear-guard.ts';
import type { VideoStream } from './stream-choice.ts';

/**
 * The log does not say where a damage lies: within so many seconds after the picture that was decoded last. As long as
 * pictures wait in the decoder for their turn, or between the decoder's thread and the filter's.
 */
const damageSpanS = 0.5;

/** What ffmpeg's log tells while it decodes: a note on each picture in its pipe, and what is damaged. */
export class FfmpegLog {
  readonly notes: NoteQueue;
  readonly #request: OpenRequest;
  readonly #stream: VideoStream;
  readonly #damage: DamageLog;
  readonly #guard: SmearGuard | undefined;
  #decoded = 0;
  #skipped = 0;
  /** The picture decoded last is fit to be shown, and the chain has not said yet that it keeps it. */
  #undecided = false;
  #lastPts: bigint | undefined;
  /** Damage was told before there was a picture: ffmpeg reads some packets to know the streams, and decodes them later. */
  #early = false;
  #admitted = true;

  /** @param damage - where errors in the data are noted */
  constructor(request: OpenRequest, stream: VideoStream, damage: DamageLog) {
    this.notes = new NoteQueue(request.target.side ** 2 * 3);
    this.#request = request;
    this.#stream = stream;
    this.#damage = damage;
    this.#guard = request.kind.live ? new SmearGuard(stream.timebase) : undefined;
  }

  /** Pictures that ffmpeg decoded, that a live source keeps back, and that sampling left out. */
  get counts(): SourceCounts {
    return { decoded: this.#decoded, discarded: this.#guard?.discarded ?? 0, skipped: this.#skipped };
  }

  /** No line follows. */
  close(): void {
    this.#decide();
    this.notes.close();
  }

  /** Reads one line. False when its note does not fit: log and pictures do not belong together. */
  read(text: string): boolean {
    const line = readLogLine(text, this.#request.kind.url);
    const counts = this.#request.target.fps === 'native' ? 'kept' : 'decoded';
    if (line.kind === 'corrupt') this.#damage.corrupt(line.text);
    if (line.kind === 'corrupt' || line.kind === 'lost') this.#lose();
    if (line.kind === 'read-error') this.#damage.readError(`reading stops with "${line.text}"`);
    if (line.kind === counts) this.#count(line.note);
    if (line.kind === 'kept') this.#undecided = false;
    // The line of a kept picture comes straight after the line that counted it.
    return line.kind !== 'kept' || this.notes.add({ ...line.note, admitted: this.#admitted });
  }

  #lose(): void {
    const last = this.#lastPts;
    this.#early ||= last === undefined;
    this.#guard?.damaged(last === undefined ? undefined : last + ticks(damageSpanS, this.#stream.timebase));
  }

  #count({ pts, keyframe }: PictureNote): void {
    this.#decide();
    this.#decoded += 1;
    this.#lastPts = pts ?? this.#lastPts;
    if (this.#early) this.#lose();
    this.#early = false;
    this.#admitted = this.#guard?.admits({ pts, keyframe, corrupt: false }) ?? true;
    this.#undecided = this.#admitted;
  }

  /** The chain tells of a picture that it keeps before the next one goes into it. */
  #decide(): void {
    if (this.#undecided) this.#skipped += 1;
    this.#undecided = false;
  }
}
