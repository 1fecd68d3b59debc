import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { sampleClip } from '#dist/jobs/sample-clip.js';
import { toolOrSkip } from './require-tool.ts';

const gstreamer = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";

/** Whether this machine has GStreamer's RTSP server. */
export const hasRtspServer = toolOrSkip('/usr/bin/python3', ['-c', gstreamer]);

/**
 * A real camera's protocol, until the test is over: GStreamer's RTSP server over the sample clip, 20 s at 25 pictures a
 * second. @returns host, port and path, without the scheme
 */
export async function rtspCamera(...login: readonly string[]): Promise<string> {
  const script = fileURLToPath(new URL('rtsp-server.py', import.meta.url));
  const server = spawn('/usr/bin/python3', [script, await sampleClip(), ...login], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void server.kill('SIGKILL'));
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  return `127.0.0.1:${port.toString().trim()}/cam`;
}
