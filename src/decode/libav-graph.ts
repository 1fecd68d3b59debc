import { AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { FilterGraph, Frame } from 'node-av/lib';
import type { FilterContext } from 'node-av/lib';
import type { Timebase } from '../media/timebase.ts';
import { checked } from './libav-runtime.ts';

interface Chain {
  readonly key: string;
  readonly graph: FilterGraph;
  readonly source: FilterContext;
  readonly sink: FilterContext;
}

/**
 * A filter chain that gives at most one picture for each it gets and keeps none back. It is made anew when the pictures
 * change their size or format in mid-stream, as the ffmpeg command does.
 */
export class PictureFilter {
  readonly #description: string;
  readonly #timebase: Timebase;
  readonly #output = new Frame();
  #chain: Chain | undefined;

  constructor(description: string, timebase: Timebase) {
    this.#description = description;
    this.#timebase = timebase;
    this.#output.alloc();
  }

  /**
   * Takes the picture out of `input`, which is empty afterwards. The answer is undefined where the chain dropped it; it
   * is the same object each time and holds its picture until the next call.
   */
  async apply(input: Frame): Promise<Frame | undefined> {
    const { source, sink } = await this.#chainFor(input);
    this.#output.unref();
    // Only takes a reference; the work is done in the sink's thread.
    checked(source.buffersrcAddFrameSync(input), 'buffersrc');
    const result = await sink.buffersinkGetFrame(this.#output);
    if (result === AVERROR_EAGAIN || result === AVERROR_EOF) return undefined;
    checked(result, 'buffersink');
    return this.#output;
  }

  /** Frees everything. Not while `apply` runs. */
  free(): void {
    this.#chain?.graph.free();
    this.#chain = undefined;
    this.#output.free();
  }

  async #chainFor(input: Frame): Promise<Chain> {
    const key = [input.width, input.height, input.format, input.colorSpace, input.colorRange].join(' ');
    if (this.#chain?.key === key) return this.#chain;
    this.#chain?.graph.free();
    this.#chain = undefined;
    const graph = new FilterGraph();
    graph.alloc();
    try {
      this.#chain = { key, graph, ...(await this.#configure(graph, input)) };
    } catch (error) {
      graph.free();
      throw error;
    }
    return this.#chain;
  }

  async #configure(graph: FilterGraph, input: Frame): Promise<{ source: FilterContext; sink: FilterContext }> {
    const { num, den } = this.#timebase;
    const aspect = input.sampleAspectRatio;
    const parameters =
      `video_size=${input.width}x${input.height}:pix_fmt=${input.format}:time_base=${num}/${den}` +
      `:pixel_aspect=${aspect.num}/${Math.max(1, aspect.den)}:colorspace=${input.colorSpace}:range=${input.colorRange}`;
    checked(graph.parsePtr(`buffer@in=${parameters},${this.#description},buffersink@out`), 'filter graph');
    checked(await graph.config(), 'filter graph');
    const source = graph.getFilter('buffer@in');
    const sink = graph.getFilter('buffersink@out');
    if (!source || !sink) throw new Error('The libav filter graph lost its ends.');
    return { source, sink };
  }
}
