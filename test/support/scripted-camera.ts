import { CreditWindow } from '#dist/flow/credit-window.js';
import { FramenestError } from '#dist/errors.js';
import { decode } from '#dist/operators/decode.js';
import { Camera } from '#dist/pipeline/camera.js';
import type { CameraOptions } from '#dist/pipeline/camera.js';
import type { SourceStatus } from '#dist/media/source-status.js';
import type { Subscription } from 'rxjs';
import { finalize, map, tap } from 'rxjs';
import { onTestFinished } from 'vitest';
import { PaintedSource } from './painted-source.ts';
import type { Painting } from './painted-source.ts';
import { solid } from './picture.ts';
import { sleep, until } from './sleep.ts';

/** What one try to open a camera leads to: a source that shows this; `refused`; or such a source, after a while. */
export type Try = Partial<Painting> | 'refused' | { readonly afterMs: number };

/** What a camera that cannot be reached says. */
export const unreachable = (): FramenestError =>
  new FramenestError('INPUT_UNREACHABLE', { what: 'Nobody answers.', mend: 'Plug it in.' });

/** Retries within milliseconds. */
export const AT_ONCE = { firstS: 0.001, mostS: 0.002 } as const;

/** How the tries of a script go, for a camera's `open`. The last one goes on for ever. */
export class Script {
  /** What was opened, in order. */
  readonly sources: PaintedSource[] = [];
  tries = 0;
  readonly #script: readonly Try[];
  readonly #side: number;

  /** @param side - of the pictures, pixels */
  constructor(script: readonly Try[], side = 4) {
    this.#script = script;
    this.#side = side;
  }

  readonly open = async (): Promise<PaintedSource> => {
    const step = this.#script[Math.min(this.tries++, this.#script.length - 1)]!;
    if (step === 'refused') throw unreachable();
    if ('afterMs' in step) await sleep(step.afterMs);
    const grey = solid(this.#side, [90, 90, 90]);
    const source = new PaintedSource({ live: true, count: Infinity, everyMs: 2, paint: () => grey, ...step });
    this.sources.push(source);
    return source;
  };
}

/** A real camera over painted sources, and everything that it did. */
export class ScriptedCamera {
  readonly camera: Camera;
  readonly script: Script;
  readonly statuses: SourceStatus[] = [];
  /** `[epoch, index of the frame in its source]`. */
  readonly records: (readonly [epoch: number, index: number])[] = [];
  error: unknown;
  /** Its statuses have completed. */
  isOver = false;
  #running: Subscription | undefined;

  constructor(script: readonly Try[], options: Partial<CameraOptions> = {}) {
    this.script = new Script(script);
    this.camera = new Camera({ open: this.script.open, stallS: 3600, retry: AT_ONCE, ...options });
    this.camera.statuses.pipe(finalize(() => (this.isOver = true))).subscribe((status) => this.statuses.push(status));
  }

  /** Subscribes. */
  start(): this {
    this.#running = this.camera
      .run((source, epoch) => {
        const credits = new CreditWindow(4);
        return decode(source, credits).pipe(
          tap(() => credits.give()),
          map(({ index }) => [epoch, index] as const),
        );
      })
      .subscribe({ next: (record) => this.records.push(record), error: (error: unknown) => (this.error = error) });
    onTestFinished(() => this.stop());
    return this;
  }

  /** Unsubscribes. */
  stop(): void {
    this.#running?.unsubscribe();
  }

  get sources(): readonly PaintedSource[] {
    return this.script.sources;
  }

  /** The states that it went through, without those that repeat. */
  get states(): string[] {
    return this.statuses.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]);
  }

  /** The first status of a state; waits for it. */
  async reaches(state: SourceStatus['state']): Promise<SourceStatus> {
    const found = (): SourceStatus | undefined => this.statuses.find((status) => status.state === state);
    await until(() => found() !== undefined);
    return found()!;
  }
}
