import ffmpeg from 'fluent-ffmpeg';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { PipeEnd } from './pipe-end.ts';

/** How the process ended. */
export interface FfmpegExit {
  /** Exit code 0. */
  readonly clean: boolean;
  /** Ended by a signal or never started: its exit says nothing of the video. */
  readonly died: boolean;
  /** fluent-ffmpeg's words; may hold the input. */
  readonly reason: string;
}

/** What to run. */
export interface FfmpegJob {
  readonly binary: FfmpegBinary;
  readonly url: string;
  readonly inputOptions: readonly string[];
  readonly outputOptions: readonly string[];
  /** Every line of its log. */
  readonly onLine: (line: string) => void;
}

type Answer = (error: null, table: object) => void;

function command(job: FfmpegJob): ffmpeg.FfmpegCommand {
  const made = ffmpeg({ stdoutLines: 20 }).setFfmpegPath(job.binary.ffmpeg).input(job.url);
  // fluent-ffmpeg would first run ffmpeg twice to list formats and encoders, which it cannot read of newer versions and
  // which nothing here needs.
  const able = { canMux: true, canDemux: true };
  const formats = (answer: Answer): void => answer(null, { rawvideo: able, lavfi: able, video4linux2: able });
  Object.assign(made, { availableFormats: formats, availableEncoders: (answer: Answer) => answer(null, {}) });
  // With more than one argument fluent-ffmpeg leaves the spaces in them alone.
  return made
    .inputOptions('-nostdin', '-hide_banner', ...job.inputOptions)
    .outputOptions('-nostats', ...job.outputOptions);
}

/**
 * One run of the ffmpeg command that writes to {@link output}. What is not read there holds it back.
 *
 * fluent-ffmpeg ends the output cleanly also when ffmpeg failed: a run is complete only when the output ended and
 * {@link finished} says `clean`.
 */
export class FfmpegProcess {
  readonly output = new PipeEnd();
  /** Settles when the process is gone and its log was read to the end. Never rejects. */
  readonly finished: Promise<FfmpegExit>;
  readonly #command: ffmpeg.FfmpegCommand;
  #started = false;
  #killed = false;

  constructor(job: FfmpegJob) {
    this.#command = command(job);
    this.finished = new Promise((resolve) => {
      this.#command
        .on('start', () => {
          this.#started = true;
          if (this.#killed) this.#command.kill('SIGKILL');
        })
        .on('stderr', job.onLine)
        .on('end', () => resolve({ clean: true, died: false, reason: '' }))
        .on('error', (error: Error) => {
          const unborn = !this.#started || 'syscall' in error;
          if (unborn) this.output.abandon();
          resolve({ clean: false, died: unborn || error.message.includes('signal'), reason: error.message });
        });
    });
    this.#command.output(this.output, { end: true }).run();
  }

  /** Kills it and waits until it is gone. Safe to call when it already is. */
  async kill(): Promise<void> {
    this.#killed = true;
    this.output.discard();
    this.#command.kill('SIGKILL');
    await this.finished;
  }
}
