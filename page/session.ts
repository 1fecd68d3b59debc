import { FramenestError, connect } from '../src/client/index.ts';
import type { Client, ConnectOptions, StateChange, StreamEvent, StreamState } from '../src/client/index.ts';

const TOKEN = 'framenest-token';

/** Pause before another first try, milliseconds; a connection that was made once comes back by itself. */
const PAUSE_MS = 2_000;

/** What a session tells of itself. */
export interface SessionHooks {
  /** There is a client. It connects again where its connection is lost. */
  opened(client: Client): void;
  /** Connected again. */
  back(): void;
  /** The connection is lost, or could not be made; it is tried again. */
  lost(why: string): void;
  /** The client is of no more use. */
  over(): void;
  happened(event: StreamEvent): void;
  /** Where the source of a stream stands now. */
  stands(state: StreamState): void;
  /** Asks the reader for a token. */
  askToken(why: string): Promise<string>;
}

/** Where the page's own server listens. It connects to no other. */
function serverUrl({ protocol, host, pathname }: Location = location): string {
  return `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}${pathname}`;
}

/** The page's connection: made again whenever it is lost, with a token where the server wants one. */
export class Session {
  readonly #hooks: SessionHooks;

  constructor(hooks: SessionHooks) {
    this.#hooks = hooks;
  }

  /** What requests over HTTP carry. */
  get headers(): Record<string, string> {
    const token = sessionStorage.getItem(TOKEN);
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }

  /** One more connection of the same reader, for packets of the past. */
  connect(listeners: Pick<ConnectOptions, 'onState' | 'onStreamState'> = {}): Promise<Client> {
    const token = sessionStorage.getItem(TOKEN);
    return connect(serverUrl(), { ...(token !== null && { token }), ...listeners });
  }

  /** For as long as the page is there. */
  async run(): Promise<never> {
    for (;;) {
      const failure = await this.#hold().catch((thrown: unknown) => thrown);
      this.#hooks.over();
      if (await this.#gotToken(failure)) continue;
      this.#hooks.lost(whyLost(failure));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** Until the client gives up. */
  async #hold(): Promise<void> {
    const opened: { client?: Client } = {};
    const client = await this.connect({
      onState: (change) => void this.#changed(change, opened.client),
      onStreamState: (state) => this.#hooks.stands(state),
    });
    opened.client = client;
    this.#hooks.opened(client);
    for await (const event of client.events()) this.#hooks.happened(event);
  }

  async #changed({ state, error }: StateChange, client: Client | undefined): Promise<void> {
    if (!client) return;
    if (state === 'open') this.#hooks.back();
    if (state !== 'waiting') return;
    this.#hooks.lost(whyLost(error));
    // Its token is worth nothing any more: no retry can help.
    if (await this.#isRefusedByHttp()) client.close();
  }

  /** Where a token is wanted: has one given, and says that it is worth another try. */
  async #gotToken(failure: unknown): Promise<boolean> {
    const code = failure instanceof FramenestError ? failure.code : undefined;
    const refused = code === 'UNAUTHORIZED' || code === 'TOKEN_EXPIRED' || (await this.#isRefusedByHttp());
    if (!refused) return false;
    const had = sessionStorage.getItem(TOKEN) !== null;
    sessionStorage.removeItem(TOKEN);
    const why = code === 'TOKEN_EXPIRED' ? 'The token has expired.' : had ? 'The server refused this token.' : '';
    sessionStorage.setItem(TOKEN, await this.#hooks.askToken(why));
    return true;
  }

  /** A browser does not say why a WebSocket was refused; plain HTTP does. */
  async #isRefusedByHttp(): Promise<boolean> {
    try {
      return (await fetch('./readyz', { headers: this.headers, cache: 'no-store' })).status === 401;
    } catch {
      return false;
    }
  }
}

/** The same words for every try that fails: they are read out each time that they change. */
function whyLost(failure: unknown): string {
  if (!(failure instanceof FramenestError) || /^CONNECT|^ABORTED$/.test(failure.code)) return 'No connection.';
  return failure.what;
}
