import type { PacketLog } from '../log/packet-log.ts';
import type { FrameSource, SourceFacts } from '../media/frame-source.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import type { Camera } from '../pipeline/camera.ts';
import type { PipelineOptionsInput } from '../pipeline/pipeline-options.ts';
import type { BudgetPlan } from '../scales/budget-plan.ts';

/** What a stream is made of. */
export interface TokenStreamParts {
  readonly name: string;
  /**
   * Opened once and read once; or a camera, which is opened again whenever it is lost. Closed with the stream. None where
   * the log has it all.
   */
  readonly source: FrameSource | Camera | undefined;
  /** Shared by all streams; or this one's seat at it. Not disposed here. */
  readonly encoder: VisionEncoder;
  readonly options: PipelineOptionsInput;
  /** Of the same input, for policy `budget`. */
  readonly plan?: BudgetPlan;
  /** Cells of the patch grid, `[gridSide²]`: 1 where changes do not count. Asked for each opened source. */
  readonly ignored?: (facts: SourceFacts) => Uint8Array;
  /**
   * Keeps packets for readers that come late or fall behind; of this stream alone. Where it holds packets already, their
   * sequence goes on. Default: a ring in memory.
   */
  readonly log?: PacketLog;
  /** Seconds without a change after which an activity has ended. Default 3. */
  readonly quietS?: number;
  /** How long a file waits for a reader that takes nothing before it goes on without it, milliseconds. Default 10,000. */
  readonly patienceMs?: number;
}
