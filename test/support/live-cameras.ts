import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { toolOrSkip } from './require-tool.ts';

const gstreamer = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";

/** Whether GStreamer's RTSP server is there. */
export const hasCameras = toolOrSkip('/usr/bin/python3', ['-c', gstreamer]);

/** A picture that GStreamer makes: `ball` moves, `gradient` stands still. */
export function pattern(name: string, { width = 320, height = 180, fps = 10 } = {}): string {
  return `videotestsrc is-live=true pattern=${name} ! video/x-raw,width=${width},height=${height},framerate=${fps}/1`;
}

/** Cameras on one port, over real RTSP, in a process that can be killed and started again. */
export class LiveCameras {
  port = 0;
  readonly #login: readonly string[];
  /** What they send. */
  codec: 'h264' | 'h265' | 'mjpeg' = 'h264';
  /** Share of the RTP packets that never leave the cameras, 0 … 1. */
  lose = 0;
  /** The RTP packet of each stream that never leaves the cameras, counted from 0; below 0: none. */
  loseAt = -1;
  /** RTP timestamp of the first picture, and what is added to it from the 15th picture on; 90,000 a second. */
  clock: { readonly from?: number; readonly leap?: number } = {};
  #child: ChildProcess | undefined;

  /** @param login - user and password that every camera asks for */
  constructor(...login: string[]) {
    this.#login = login;
    onTestFinished(() => this.stop());
  }

  /**
   * Starts them, at the port that they had before where they had one.
   * @param cameras - name and GStreamer launch line of raw video, see {@link pattern}
   */
  async start(cameras: Readonly<Record<string, string>>): Promise<this> {
    const script = fileURLToPath(new URL('live-cameras.py', import.meta.url));
    const login = this.#login.length > 0 ? ['--login', ...this.#login] : [];
    const named = Object.entries(cameras).map(([name, launch]) => `${name}=${launch}`);
    const { from, leap = 0 } = this.clock;
    const clock = [...(from === undefined ? [] : [`--clock-from=${from}`]), `--clock-leap=${leap}`];
    const network = ['--port', String(this.port), '--codec', this.codec];
    const losses = [`--lose=${this.lose}`, `--lose-at=${this.loseAt}`];
    const args = [script, ...network, ...losses, ...clock, ...login, ...named];
    const child = spawn('/usr/bin/python3', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    this.port = Number(port.toString().trim());
    return this;
  }

  /** Has them stand still, as a camera that hangs does, or go on. */
  hold(still: boolean): void {
    this.#child?.kill(still ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Kills them as a power cut would. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
