import { BehaviorSubject, Observable, defer, finalize, from, retry, switchMap, throwError, timer } from 'rxjs';
import { FramenestError, asFramenestError } from '../errors.ts';
import { Backoff } from '../flow/backoff.ts';
import type { BackoffLimits } from '../flow/backoff.ts';
import type { FrameSource, SourceCounts } from '../media/frame-source.ts';
import type { SourceState, SourceStatus } from '../media/source-status.ts';
import { watchStall } from './stall-watch.ts';

/** A connection that gave frames for so long proved itself: the pauses start at the first again, seconds. */
const PROVEN_S = 10;

/** How long the end of a lost connection may hold up what comes next, milliseconds. */
const FAREWELL_MS = 5_000;

/** How a camera is kept. */
export interface CameraOptions {
  /** Opens it; called anew for each connection. Gives up when the signal aborts. */
  readonly open: (signal: AbortSignal) => Promise<FrameSource>;
  /** Seconds without a decoded frame after which it counts as lost, > 0. Default 20. */
  readonly stallS?: number;
  /** Pauses between tries: 1 s, doubling up to 60 s, with jitter; `attempts` tries in a row may fail. Default: for ever. */
  readonly retry?: Partial<BackoffLimits> & { readonly attempts?: number };
  /** Of the first connection: packets of an earlier run of this stream may have epochs of their own. Default 0. */
  readonly firstEpoch?: number;
}

/**
 * A live source that is opened again whenever it is lost: it could not be reached, broke off, ended, or stood still.
 * One connection is one epoch. Holds at most one open source; its status can be seen at any time.
 */
export class Camera {
  readonly #open: CameraOptions['open'];
  readonly #stallS: number;
  readonly #retry: BackoffLimits & { readonly attempts: number };
  readonly #status: BehaviorSubject<SourceStatus>;
  #source: FrameSource | undefined;
  /** Of the connections before. */
  #before: SourceCounts = { decoded: 0, discarded: 0, skipped: 0 };
  #connections = 0;
  readonly #firstEpoch: number;

  constructor({ open, stallS = 20, retry: limits, firstEpoch = 0 }: CameraOptions) {
    this.#firstEpoch = firstEpoch;
    this.#status = new BehaviorSubject(statusOf('connecting', { epoch: firstEpoch, failures: 0 }));
    this.#open = open;
    this.#stallS = stallS;
    this.#retry = { firstS: 1, mostS: 60, attempts: Infinity, ...limits };
  }

  /** Where it stands now. */
  get status(): SourceStatus {
    return this.#status.value;
  }

  /** Where it stands, now and at each change. Completes when the camera is given up or no longer wanted. */
  get statuses(): Observable<SourceStatus> {
    return this.#status;
  }

  /** Of the connection at hand. */
  get source(): FrameSource | undefined {
    return this.#source;
  }

  /** Connections made so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Over all connections. */
  get counts(): SourceCounts {
    return this.#source ? sum(this.#before, this.#source.counts) : this.#before;
  }

  /**
   * What `connect` makes of one connection after another. Subscribe once; unsubscribing closes the connection at hand.
   * Never completes; errors with the last reason when `attempts` tries in a row have failed.
   * @param connect - one epoch: must end when the source's frames do
   */
  run<T>(connect: (source: FrameSource, epoch: number) => Observable<T>): Observable<T> {
    return defer(() => {
      const backoff = new Backoff(this.#retry);
      const delay = (thrown: unknown): Observable<unknown> => this.#pause(asFramenestError(thrown), backoff);
      return defer(() => this.#connect(connect, backoff)).pipe(
        retry({ delay }),
        finalize(() => this.#finish()),
      );
    });
  }

  #connect<T>(connect: (source: FrameSource, epoch: number) => Observable<T>, backoff: Backoff): Observable<T> {
    this.#tell('connecting');
    return opened(this.#open).pipe(
      switchMap((source) => {
        const epoch = this.#firstEpoch + this.#connections++;
        this.#source = source;
        this.#tell('connecting', { epoch });
        return this.#supervised(source, connect(source, epoch), backoff);
      }),
    );
  }

  /** The records of one connection; its end, whatever the cause, is an error. */
  #supervised<T>(source: FrameSource, records: Observable<T>, backoff: Backoff): Observable<T> {
    return new Observable<T>((subscriber) => {
      let stalled: FramenestError | undefined;
      let provenAt = Infinity;
      let cut: NodeJS.Timeout | undefined;
      const flowing = (): void => {
        if (this.status.state === 'live') return;
        provenAt = Math.min(provenAt, performance.now() + PROVEN_S * 1000);
        this.#tell('live', { failures: 0 });
      };
      const stop = watchStall(source, this.#stallS, {
        flowing,
        stalled: () => this.#tell('stalled'),
        lost: () => {
          stalled = stalledError(source, this.#stallS);
          // What is in flight still becomes packets; then the records end, or a decoder that hangs is left behind.
          void closed(source);
          cut = setTimeout(() => subscriber.error(stalled), FAREWELL_MS);
        },
      });
      const subscription = records.subscribe({
        next: (record) => {
          if (!stalled) flowing();
          if (performance.now() >= provenAt) backoff.reset();
          subscriber.next(record);
        },
        error: (thrown: unknown) => subscriber.error(stalled ?? thrown),
        complete: () => subscriber.error(stalled ?? endedError(source)),
      });
      return () => {
        stop();
        clearTimeout(cut);
        subscription.unsubscribe();
      };
    });
  }

  #pause(error: FramenestError, backoff: Backoff): Observable<unknown> {
    const failures = this.status.failures + 1;
    const reason = { code: error.code, what: error.what };
    const farewell = this.#release();
    if (failures > this.#retry.attempts) {
      this.#tell('failed', { failures, reason });
      return throwError(() => error);
    }
    const pauseMs = backoff.next();
    this.#tell('backing-off', { failures, reason, retryAtMs: Math.ceil(Date.now() + pauseMs) });
    return from(Promise.race([farewell, elapsed(FAREWELL_MS)])).pipe(switchMap(() => timer(pauseMs)));
  }

  /** Closes the connection at hand and keeps its counts. */
  async #release(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#source = undefined;
    this.#before = sum(this.#before, source.counts);
    await closed(source);
  }

  #finish(): void {
    void this.#release();
    if (this.status.state !== 'failed') this.#tell('ended');
    this.#status.complete();
  }

  #tell(state: SourceState, more: Partial<SourceStatus> = {}): void {
    const { epoch, failures, reason } = this.status;
    const next = statusOf(state, { epoch, failures, ...(reason && { reason }), ...more });
    if (next.state !== this.status.state || next.epoch !== epoch) this.#status.next(next);
  }
}

function sum(a: SourceCounts, b: SourceCounts): SourceCounts {
  const substituted = (a.substituted ?? 0) + (b.substituted ?? 0);
  return {
    decoded: a.decoded + b.decoded,
    discarded: a.discarded + b.discarded,
    skipped: a.skipped + b.skipped,
    ...((a.substituted ?? b.substituted) !== undefined && { substituted }),
  };
}

function statusOf(state: SourceState, more: Omit<SourceStatus, 'state' | 'sinceMs'>): SourceStatus {
  return { state, sinceMs: Date.now(), ...more };
}

/** Opens a source; one that opens too late is closed at once. Never completes. */
function opened(open: CameraOptions['open']): Observable<FrameSource> {
  return new Observable<FrameSource>((subscriber) => {
    const abort = new AbortController();
    open(abort.signal).then(
      (source) => {
        if (abort.signal.aborted) void closed(source);
        else subscriber.next(source);
      },
      (thrown: unknown) => subscriber.error(thrown),
    );
    return () => abort.abort();
  });
}

/** Never rejects: a source that cannot be closed in order is lost all the same. */
function closed(source: FrameSource): Promise<void> {
  return source.close().catch(() => undefined);
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function stalledError({ facts }: FrameSource, stallS: number): FramenestError {
  return new FramenestError('INPUT_STALLED', {
    what: `"${facts.input}" gave no frame for ${stallS} s.`,
    mend: 'It is opened again. For a camera with a lower frame rate, set a longer stall time.',
  });
}

function endedError({ facts }: FrameSource): FramenestError {
  return new FramenestError('INPUT_ENDED', {
    what: `"${facts.input}" ended its stream.`,
    mend: 'It is opened again; nothing is to be done unless it goes on.',
  });
}
