import { BehaviorSubject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { FramenestError } from '../errors.ts';
import type { SourceState, SourceStatus } from '../media/source-status.ts';

/** Where a source stands that is opened once and read once: a file. A camera tells its own. */
export class FileStatus {
  readonly #status: BehaviorSubject<SourceStatus>;

  /** @param epoch - of its packets */
  constructor(epoch: number) {
    this.#status = new BehaviorSubject<SourceStatus>({ state: 'connecting', sinceMs: Date.now(), epoch, failures: 0 });
  }

  /** Where it stands now. */
  get status(): SourceStatus {
    return this.#status.value;
  }

  /** Where it stands, now and at each change. Completes when it has ended or failed. */
  get statuses(): Observable<SourceStatus> {
    return this.#status;
  }

  /** Its first reader has come. */
  start(): void {
    this.#enter('live');
  }

  /** It is over: failed, unless it was read to its end or stopped. */
  finish(error: FramenestError | undefined): void {
    this.#enter(error && error.code !== 'ABORTED' ? 'failed' : 'ended', error);
    this.#status.complete();
  }

  #enter(state: SourceState, error?: FramenestError): void {
    const reason = error && { code: error.code, what: error.what };
    this.#status.next({ ...this.status, state, sinceMs: Date.now(), ...(reason && { reason }) });
  }
}
