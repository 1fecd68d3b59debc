import { setImmediate as turn } from 'node:timers/promises';
import { AV_LOG_QUIET, AV_LOG_WARNING } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { tellsLoss } from './loss-lines.ts';

/**
 * Listens to what libav logs, for the losses that it tells nowhere else: RTP packets that never came, errors in a picture
 * that only a later one shows. The log is the whole process's and does not say of which source it speaks: for a process
 * with one source.
 */
export class LogWatch {
  #isLoss = false;

  constructor() {
    Log.setLevel(AV_LOG_WARNING);
    Log.setCallback((_, line) => (this.#isLoss ||= tellsLoss(line)), { maxLevel: AV_LOG_WARNING });
  }

  /** Whether a loss was told since the last call. All lines of the calls of libav that are over have been heard then. */
  async heardLoss(): Promise<boolean> {
    // Lines come through the event loop, like the results of libav's calls, and in any order with them.
    await turn();
    const isLoss = this.#isLoss;
    this.#isLoss = false;
    return isLoss;
  }

  /** libav is silent again. */
  stop(): void {
    Log.resetCallback();
    Log.setLevel(AV_LOG_QUIET);
  }
}
