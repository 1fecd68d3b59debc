import type { Logger } from 'pino';
import type { ConfigDiff } from '../config/diff-configs.ts';
import type { ServeConfig, SourceConfig } from '../config/serve-config.ts';
import { EncoderShare } from '../encode/encoder-share.ts';
import { FramenestError, asFramenestError } from '../errors.ts';
import { LogStore } from '../log/log-store.ts';
import type { VisionEncoder } from '../media/vision-encoder.ts';
import { Access } from '../server/access.ts';
import { checkListen } from '../server/listen-check.ts';
import { startServer } from '../server/server.ts';
import type { RunningServer } from '../server/server.ts';
import { readTls } from '../server/tls.ts';
import { TokenStream } from '../server/token-stream.ts';
import { openStream } from './open-stream.ts';
import { renewCertificate } from './renew-certificate.ts';

/** What a service is started with. */
export interface ServiceParts {
  readonly config: ServeConfig;
  /** Disposed with the service. */
  readonly encoder: VisionEncoder;
  readonly log: Logger;
  /** Name and version, for `welcome`. */
  readonly name: string;
}

/** A running configuration: one encoder, a stream for each source, a server. Sources can be changed while it runs. */
export class Service {
  /** Resolves, with the reason, when nothing can be served any more and the process had better be restarted. */
  readonly broken: Promise<FramenestError>;
  readonly #share: EncoderShare;
  readonly #log: Logger;
  readonly #streams = new Map<string, TokenStream>();
  /** Streams that were closed to be changed, and whose source then could not be opened. */
  readonly #broken = new Map<string, TokenStream>();
  readonly #stop = new AbortController();
  #store: LogStore | undefined;
  #server: RunningServer | undefined;
  #reason: FramenestError | undefined;
  #stopRenewing: (() => void) | undefined;

  private constructor({ encoder, log }: ServiceParts) {
    this.#share = new EncoderShare(encoder);
    this.#log = log;
    this.broken = this.#share.failed;
    void this.broken.then((error) => (this.#reason = error));
  }

  /**
   * Opens every source and listens. A source that cannot be opened is logged and left out, unless there is no other.
   * @throws FramenestError what the last source threw; LISTEN_REFUSED, LISTEN_FAILED
   */
  static async start(parts: ServiceParts, signal: AbortSignal): Promise<Service> {
    const service = new Service(parts);
    const give = (): void => service.#stop.abort();
    signal.addEventListener('abort', give, { once: true });
    try {
      await service.#begin(parts);
      return service;
    } catch (thrown) {
      await service.close();
      throw thrown;
    } finally {
      signal.removeEventListener('abort', give);
    }
  }

  /** `ws://host:port` with the port that is really open. */
  get url(): string {
    return this.#server?.url ?? '';
  }

  /** The streams that are served now, by name. */
  get streams(): ReadonlyMap<string, TokenStream> {
    return this.#streams;
  }

  /** Goes over to another configuration; sources that are in both as they were notice nothing. */
  async apply({ added, changed, removed, needsRestart, level, access }: ConfigDiff): Promise<void> {
    const log = this.#log;
    if (level !== undefined) log.level = level;
    if (needsRestart.length > 0) log.warn({ keys: needsRestart }, 'these keys change with the next start');
    if (access) this.#server?.admit(access);
    for (const name of removed) await this.#remove(name);
    for (const source of changed) await this.#replace(source);
    for (const source of added) await this.#add(source);
    const names = (sources: readonly SourceConfig[]): string[] => sources.map(({ name }) => name);
    log.info({ added: names(added), changed: names(changed), removed }, 'configuration applied');
  }

  /** Stops everything within a few seconds: see `RunningServer.close`. Safe to call twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#stopRenewing?.();
    await this.#server?.close();
    await Promise.all([...this.#streams.values()].map((stream) => stream.close()));
    await this.#store?.close();
    await this.#share.dispose();
  }

  async #begin({ config, log, name }: ServiceParts): Promise<void> {
    // What can be wrong with these is told before a camera is reached.
    const { host, port, origins, tls: files } = config.listen;
    const tls = files && (await readTls(files));
    checkListen({ host, access: new Access(config.access), tls: tls !== undefined });
    this.#store = await this.#openStore(config);
    const opened = await Promise.all(config.sources.map((source) => this.#open(source)));
    const streams = opened.filter((result) => result instanceof TokenStream);
    const failure = opened.find((result) => result instanceof FramenestError);
    if (streams.length === 0 && failure) throw failure;
    this.#server = await startServer({
      ...{ host, port, origins, streams, name, log, access: config.access },
      broken: () => this.#reason,
      logFailing: () => this.#store?.failing !== undefined,
      ...(tls && { tls }),
    });
    const { renew } = this.#server;
    if (files && tls) this.#stopRenewing = renewCertificate({ files, tls, renew, log });
  }

  /** @throws FramenestError LOG_IN_USE, LOG_BROKEN, OUTPUT_FAILED */
  async #openStore({ data }: ServeConfig): Promise<LogStore | undefined> {
    if (!data) return undefined;
    const log = this.#log;
    const onTrouble = ({ code, what, mend }: FramenestError): void => log.error({ code, mend }, what);
    const store = await LogStore.open({ ...data, onTrouble });
    log.info({ data: data.dir, keep: data.keep }, 'packet log open');
    return store;
  }

  async #add(source: SourceConfig): Promise<void> {
    const stream = await this.#open(source);
    if (stream instanceof TokenStream) this.#server?.add(stream);
  }

  /** Under its name the sequence goes on, also where the source could not be opened in between. */
  async #replace(source: SourceConfig): Promise<void> {
    const { name } = source;
    const before = this.#streams.get(name) ?? this.#broken.get(name);
    await this.#remove(name);
    const stream = await this.#open(source, before);
    if (stream instanceof TokenStream) this.#server?.add(stream);
    else if (before) this.#broken.set(name, before);
  }

  async #remove(name: string): Promise<void> {
    await this.#server?.remove(name);
    this.#streams.delete(name);
    this.#broken.delete(name);
  }

  async #open(source: SourceConfig, before?: TokenStream): Promise<TokenStream | FramenestError> {
    const { name, weight } = source;
    const onEncoded = (waitedMs: number, ranMs: number): void => this.#server?.encoded(name, waitedMs, ranMs);
    const packets = this.#store?.log(name) ?? before?.log;
    const seat = this.#share.seat({ name, weight, onEncoded });
    try {
      const { signal } = this.#stop;
      const stream = await openStream(source, {
        ...{ encoder: seat, log: this.#log, signal, packets },
        lastEpoch: before?.status.epoch,
      });
      this.#streams.set(name, stream);
      void stream.whenEnded().then(() => seat.dispose());
      return stream;
    } catch (thrown) {
      const error = asFramenestError(thrown);
      this.#log.error({ stream: name, code: error.code, mend: error.mend }, error.what);
      await seat.dispose();
      return error;
    }
  }
}
