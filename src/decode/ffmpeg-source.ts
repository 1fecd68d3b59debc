import type { FrameSource, SourceFacts } from '../media/frame-source.ts';
import type { Frame } from '../media/frame.ts';
import { DamageLog } from './damage.ts';
import { atLeast, findFfmpeg } from './ffmpeg-binary.ts';
import type { FfmpegBinary } from './ffmpeg-binary.ts';
import { NoteQueue } from './ffmpeg-notes.ts';
import { inputOptions, probeInput } from './ffmpeg-probe.ts';
import type { FfmpegInput } from './ffmpeg-probe.ts';
import { FfmpegProcess } from './ffmpeg-process.ts';
import { filterGraph } from './filter-graph.ts';
import { FrameBuffers } from './frame-buffers.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { MissingPts } from './missing-pts.ts';
import type { OpenRequest } from './open-request.ts';
import { readLogLine, watchedGraph } from './showinfo.ts';
import { sourceFacts } from './source-facts.ts';
import { decoderThreads } from './stream-choice.ts';

/** Frames of the ffmpeg command: a process of its own, killed with the source. */
class FfmpegSource implements FrameSource {
  readonly facts: SourceFacts;
  readonly #request: OpenRequest;
  readonly #binary: FfmpegBinary;
  readonly #input: FfmpegInput;
  readonly #log: DamageLog;
  readonly #notes: NoteQueue;
  readonly #missing: MissingPts;
  readonly #buffers = new FrameBuffers();
  #process: FfmpegProcess | undefined;
  #runaway = false;
  #closed = false;
  #decoded = 0;
  #index = 0;

  constructor(request: OpenRequest, binary: FfmpegBinary, input: FfmpegInput) {
    this.facts = sourceFacts('ffmpeg', request, input);
    this.#request = request;
    this.#binary = binary;
    this.#input = input;
    this.#log = new DamageLog(request.input, request.kind);
    this.#notes = new NoteQueue(this.#frameBytes);
    this.#missing = new MissingPts(input.stream);
  }

  get framesDecoded(): number {
    return this.#decoded;
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
          this.#log.given(frame);
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
    const { kind, target } = this.#request;
    const { stream } = this.#input;
    const graph = watchedGraph(filterGraph(target, stream.rotation), target.fps !== 'native');
    const everyPicture = atLeast(this.#binary, 5, 1) ? '-fps_mode' : '-vsync';
    const process = new FfmpegProcess({
      binary: this.#binary,
      url: kind.url,
      inputOptions: [
        ...['-loglevel', 'level+info', '-copyts', '-noautorotate', '-flags', '+output_corrupt'],
        ...['-max_error_rate', '1', '-threads', String(decoderThreads(stream.codec))],
        ...inputOptions(kind, this.#binary),
      ],
      outputOptions: [
        ...['-map', `0:${stream.index}`, '-vf', graph, everyPicture, 'passthrough'],
        ...['-pix_fmt', 'rgb24', '-f', 'rawvideo'],
      ],
      onLine: (line) => this.#readLine(line),
    });
    this.#process = process;
    void process.finished.then(() => this.#notes.close());
    return process;
  }

  #readLine(text: string): void {
    const line = readLogLine(text, this.#request.kind.url);
    const counts = this.#request.target.fps === 'native' ? 'kept' : 'decoded';
    if (line.kind === counts) this.#decoded += 1;
    if (line.kind === 'corrupt') this.#log.corrupt(line.text);
    if (line.kind === 'read-error') this.#log.readError(`reading stops with "${line.text}"`);
    if (line.kind !== 'kept' || this.#notes.add(line.note)) return;
    this.#runaway = true;
    void this.#process?.kill();
  }

  async #join(data: Uint8Array<ArrayBuffer>): Promise<Frame> {
    const { side } = this.#request.target;
    const note = await this.#notes.take();
    if (!note && !this.#closed) throw this.#log.failed('ffmpeg wrote a picture without a line of showinfo');
    return {
      index: this.#index++,
      pts: this.#missing.fill(note?.pts),
      timebase: this.#input.stream.timebase,
      keyframe: note?.keyframe ?? false,
      width: side,
      height: side,
      data,
      droppedBefore: 0,
    };
  }

  async #finish(process: FfmpegProcess, pending: number): Promise<void> {
    const exit = await process.finished;
    if (this.#runaway) throw this.#log.failed('ffmpeg wrote more lines of showinfo than pictures');
    if (this.#closed) return;
    const verdict = await this.#log.verdict();
    if (exit.died || (!exit.clean && !verdict)) throw this.#log.failed(exit.reason);
    if (verdict) throw verdict;
    if (pending > 0) throw this.#log.failed(`the last picture lacks ${this.#frameBytes - pending} bytes`);
  }
}

/**
 * Opens an input with the ffmpeg command of this machine, for decoders that only its build has, or to keep a crash of
 * the decoder out of this process. Prefer {@link openSource}, which checks the input first.
 * @throws FramenestError DECODER_MISSING, INPUT_UNREADABLE, INPUT_UNREACHABLE, INPUT_MISSING (HTTP 404), ABORTED.
 */
export async function openFfmpegSource(request: OpenRequest): Promise<FrameSource> {
  const binary = await findFfmpeg();
  return new FfmpegSource(request, binary, await probeInput(request, binary));
}
