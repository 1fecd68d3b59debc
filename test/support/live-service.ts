import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '#dist/client/client.js';
import { connect } from '#dist/client/connect.js';
import type { Packet } from '#dist/media/packet.js';
import type { StreamEvent } from '#dist/wire/control-message.js';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { start } from './cli.ts';
import type { Running } from './cli.ts';
import { jsonLines } from './json-lines.ts';
import { quickEncoder } from './quick-encoder.ts';
import { sleep } from './sleep.ts';
import { temporaryFolder } from './tiny-onnx.ts';

/** One source in the file's words. */
export type Source = Readonly<Record<string, unknown>> & { readonly name: string; readonly input: string };

/** Quick to notice and quick to try again, so that tests are. */
const impatient = { fps: 'native', stallTimeout: 2, openTimeout: 5, retry: { first: 0.1, most: 0.5 } };

interface Readiness {
  readonly status: string;
  readonly sources: readonly { readonly name: string; readonly state: string; readonly reason?: { code: string } }[];
}

/** `framenest serve --config` as a process of its own, with a tiny encoder. */
export class LiveService {
  readonly process: Running;
  readonly url: string;
  readonly #config: string;
  readonly #encoder: string;

  /** Of its configuration and its packet log. */
  readonly folder: string;

  private constructor(running: Running, url: string, folder: string, encoder: string) {
    this.process = running;
    this.url = url;
    this.folder = folder;
    this.#config = configIn(folder);
    this.#encoder = encoder;
  }

  /** @param before - whose packet log it takes over; that one must have ended */
  static async start(
    sources: readonly Source[],
    env: NodeJS.ProcessEnv = {},
    before?: LiveService,
  ): Promise<LiveService> {
    const folder = before?.folder ?? (await temporaryFolder({}));
    const encoder = before ? before.#encoder : await quickEncoder();
    await writeFile(configIn(folder), yamlOf(sources, encoder));
    const running = start(['serve', '--config', configIn(folder)], { env, cwd: folder });
    const [, url = ''] = await running.prints(/^(ws:\S+) {2}/);
    return new LiveService(running, url, folder, encoder);
  }

  /** Writes the file anew; the service notices by itself. */
  async rewrite(sources: readonly Source[]): Promise<void> {
    await writeFile(this.#config, yamlOf(sources, this.#encoder));
  }

  /** Writes any text into the file. */
  async scribble(text: string): Promise<void> {
    await writeFile(this.#config, text);
  }

  async readiness(): Promise<Readiness> {
    const answer = await fetch(`${this.url.replace('ws:', 'http:')}/readyz`);
    return (await answer.json()) as Readiness;
  }

  /** Waits until a source is in a state. */
  async reaches(name: string, state: string): Promise<Readiness['sources'][number]> {
    const end = Date.now() + 20_000;
    for (;;) {
      const source = (await this.readiness()).sources.find((each) => each.name === name);
      if (source?.state === state) return source;
      if (Date.now() > end) {
        throw new Error(`"${name}" is ${source?.state ?? 'gone'}, not ${state}.\n${this.process.stderr}`);
      }
      await sleep(20);
    }
  }

  /** The text of `/metrics`. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.url.replace('ws:', 'http:')}/metrics`)).text();
  }

  /** One figure of `/metrics`. */
  async metric(name: string, stream: string): Promise<number> {
    const figure = new RegExp(`^framenest_${name}{stream="${stream}"} (\\S+)$`, 'm');
    const [, value] = figure.exec(await this.metrics()) ?? [];
    return Number(value);
  }

  async client(): Promise<Client> {
    const client = await connect(this.url);
    onTestFinished(() => client.close());
    return client;
  }

  /** Every line of its log. */
  get log(): Record<string, unknown>[] {
    return jsonLines(this.process.stderr) as Record<string, unknown>[];
  }
}

/** Takes every packet of a stream from its first one on. */
export function collect(client: Client, stream: string): Packet[] {
  const packets: Packet[] = [];
  void (async () => {
    for await (const item of client.subscribe(stream, { from: 'start', window: 256 })) {
      if (item.type === 'packet') packets.push(item.packet);
    }
  })().catch(() => undefined);
  return packets;
}

/** Hears every event. */
export function hear(client: Client): StreamEvent[] {
  const events: StreamEvent[] = [];
  void (async () => {
    for await (const event of client.events()) events.push(event);
  })().catch(() => undefined);
  return events;
}

const configIn = (folder: string): string => join(folder, 'framenest.yaml');

function yamlOf(sources: readonly Source[], encoder: string): string {
  return stringify({ listen: { port: 0 }, encoder: { name: encoder }, defaults: impatient, sources });
}
