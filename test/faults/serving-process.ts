import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { start } from '../support/cli.ts';
import type { Running } from '../support/cli.ts';
import { quickEncoder } from '../support/quick-encoder.ts';
import { sleep } from '../support/sleep.ts';
import { temporaryFolder } from '../support/tiny-onnx.ts';

/** A live picture that moves, 25 times a second. */
const source = {
  ...{ name: 'cam', input: 'lavfi:testsrc2=size=192x108:rate=25,realtime', live: true },
  ...{ fps: 'native', policy: 'fidelity' },
};

/** `framenest serve` with a packet log on disk, killed and started again over the same folder. */
export class ServingProcess {
  readonly #config: string;
  #running: Running | undefined;
  #port = 0;

  private constructor(config: string) {
    this.#config = config;
  }

  /**
   * One live stream, `cam`.
   * @param packets - that its log keeps; default: all that are made in a test
   */
  static async start(packets?: number): Promise<ServingProcess> {
    const folder = await temporaryFolder({});
    const config = join(folder, 'framenest.yaml');
    const data = { dir: join(folder, 'data'), ...(packets !== undefined && { keep: { packets } }) };
    const encoder = { name: await quickEncoder() };
    await writeFile(config, stringify({ listen: { port: 0 }, data, encoder, sources: [source] }));
    const serving = new ServingProcess(config);
    await serving.begin();
    return serving;
  }

  /** Where it listens now, or listened last. */
  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** A figure of its process, as `/metrics` has it. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  /** Ends it as a power cut would: it can clean up nothing. */
  async kill(): Promise<void> {
    this.#running?.child.kill('SIGKILL');
    await this.#running?.ended();
  }

  /** Starts it; resolves once it listens, on a port that it chose anew. */
  async begin(): Promise<void> {
    const running = start(['serve', '--config', this.#config]);
    this.#running = running;
    const listening = /^ws:\/\/\S+:(\d+)/m;
    // A log of many lives takes its time on a busy machine.
    const end = Date.now() + 60_000;
    while (!listening.test(running.stdout)) {
      if (!running.isRunning || Date.now() > end) {
        throw new Error(`It does not listen.\n${running.stdout}${running.stderr}`);
      }
      await sleep(10);
    }
    this.#port = Number(listening.exec(running.stdout)?.[1]);
  }
}
