import type { FrameSource, SourceCounts, SourceFacts } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';
import { DamageLog } from './damage.ts';
import { atLeast, findFfmpeg } from './ffmpeg-binary.ts';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { hardwareOptions } from './ffmpeg-hardware.ts';
import { FfmpegLog } from './ffmpeg-log.ts';
import type { QueuedNote } from './ffmpeg-notes.ts';
import { inputOptions, probeInput } from './ffmpeg-probe.ts';
import type { FfmpegInput } from './ffmpeg-probe.ts';
import { FfmpegProcess } from './ffmpeg-process.ts';
import { filterGraph } from './filter-graph.ts';
import { FrameBuffers } from './frame-buffers.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { MissingPts } from './missing-pts.ts';
import type { OpenRequest } from './open-request.ts';
import { watchedGraph } from './showinfo.ts';
import { sourceFacts } from './source-facts.ts';
import { decoderThreads } from './stream-choice.ts';

/** What is known of an input before ffmpeg runs. */
interface FfmpegFindings {
  readonly binary: FfmpegBinary;
  readonly input: FfmpegInput;
  /** Options that make hardware decode. */
  readonly hardware: readonly string[];
}

/** Frames of the ffmpeg command: a process of its own, killed with the source. */
class FfmpegSource implements FrameSource {
  readonly facts: SourceFacts;
  readonly #request: OpenRequest;
  readonly #findings: FfmpegFindings;
  readonly #damage: DamageLog;
  readonly #log: FfmpegLog;
  readonly #missing: MissingPts;
  readonly #buffers = new FrameBuffers();
  #process: FfmpegProcess | undefined;
  #runaway = false;
  #closed = false;
  #index = 0;

  constructor(request: OpenRequest, findings: FfmpegFindings) {
    const { stream } = findings.input;
    this.facts = sourceFacts('ffmpeg', request, findings.input);
    this.#request = request;
    this.#findings = findings;
    this.#damage = new DamageLog(request.input, request.kind);
    this.#log = new FfmpegLog(request, stream, this.#damage);
    this.#missing = new MissingPts(stream);
  }

  get counts(): SourceCounts {
    return this.#log.counts;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const stop = (): void => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted || this.#closed) return;
      const process = this.#start();
      const splitter = new FrameSplitter(this.#frameBytes, this.#buffers);
      for (let chunk = await process.output.next(); chunk; chunk = await process.output.next()) {
        for (const data of splitter.push(chunk)) {
          const frame = await this.#join(data);
          if (this.#isClosed()) return;
          if (!frame) continue;
          this.#damage.given(frame);
          yield frame;
        }
      }
      await this.#finish(process, splitter.pending);
    } finally {
      signal.removeEventListener('abort', stop);
      await this.close();
    }
  }

  recycle(data: Uint8Array<ArrayBuffer>): void {
    this.#buffers.give(data);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#process?.kill();
  }

  get #frameBytes(): number {
    return this.#request.target.side ** 2 * 3;
  }

  // A method, because the compiler takes a field that was false before an await for false after it.
  #isClosed(): boolean {
    return this.#closed;
  }

  #start(): FfmpegProcess {
    const { kind, target, hide } = this.#request;
    const { binary, input, hardware } = this.#findings;
    const { stream } = input;
    const graph = watchedGraph(filterGraph(target, stream.rotation, hide), target.fps !== 'native');
    const everyPicture = atLeast(binary, 5, 1) ? '-fps_mode' : '-vsync';
    const process = new FfmpegProcess({
      binary,
      url: kind.url,
      inputOptions: [
        ...['-loglevel', 'level+info', '-copyts', '-noautorotate', '-flags', '+output_corrupt'],
        ...['-max_error_rate', '1', '-threads', String(decoderThreads(stream, kind.live))],
        ...hardware,
        ...inputOptions(kind, binary),
      ],
      outputOptions: [
        ...['-map', `0:${stream.index}`, '-vf', graph, everyPicture, 'passthrough'],
        ...['-pix_fmt', 'rgb24', '-f', 'rawvideo'],
      ],
      onLine: (line) => this.#readLine(line),
    });
    this.#process = process;
    void process.finished.then(() => this.#log.close());
    return process;
  }

  #readLine(text: string): void {
    if (this.#log.read(text)) return;
    this.#runaway = true;
    void this.#process?.kill();
  }

  /** The frame of these pixels; undefined where they are not fit to be given out. */
  async #join(data: Uint8Array<ArrayBuffer>): Promise<Frame | undefined> {
    const note = await this.#log.notes.take();
    if (note?.admitted === true) return this.#frame(data, note);
    if (!note && !this.#closed) throw this.#damage.failed('ffmpeg wrote a picture without a line of showinfo');
    this.#buffers.give(data);
    return undefined;
  }

  #frame(data: Uint8Array<ArrayBuffer>, note: QueuedNote): Frame {
    const { side } = this.#request.target;
    return {
      index: this.#index++,
      pts: this.#missing.fill(note.pts),
      timebase: this.facts.timebase,
      keyframe: note.keyframe,
      width: side,
      height: side,
      data,
      droppedBefore: 0,
      ...(this.facts.live ? { wallclockUs: BigInt(Date.now()) * 1000n } : {}),
    };
  }

  async #finish(process: FfmpegProcess, pending: number): Promise<void> {
    const exit = await process.finished;
    if (this.#runaway) throw this.#damage.failed('ffmpeg wrote more lines of showinfo than pictures');
    if (this.#closed) return;
    const verdict = await this.#damage.verdict();
    if (exit.died || (!exit.clean && !verdict)) throw this.#damage.failed(exit.reason);
    if (verdict) throw verdict;
    if (pending > 0) throw this.#damage.failed(`the last picture lacks ${this.#frameBytes - pending} bytes`);
  }
}

/**
 * Opens an input with the ffmpeg command of this machine, for decoders that only its build has, or to keep a crash of
 * the decoder out of this process. Prefer {@link openSource}, which checks the input first.
 * @throws FramenestError DECODER_MISSING, INPUT_UNREADABLE, INPUT_UNREACHABLE, INPUT_MISSING (HTTP 404), ABORTED.
 */
export async function openFfmpegSource(request: OpenRequest): Promise<FrameSource> {
  const binary = await findFfmpeg();
  const input = await probeInput(request, binary);
  return new FfmpegSource(request, { binary, input, hardware: await hardwareOptions(request, binary) });
}
