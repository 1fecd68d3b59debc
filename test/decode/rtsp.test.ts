import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource } from '#dist/decode/open-source.js';
import { sampleClip } from '#dist/jobs/sample-clip.js';
import { decoders, smallTarget } from '../support/decoding.ts';
import { toolOrSkip } from '../support/require-tool.ts';

const gstreamer = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";
const hasServer = toolOrSkip('/usr/bin/python3', ['-c', gstreamer]);

/** A real camera's protocol: GStreamer's RTSP server over the sample clip. */
async function camera(...login: string[]): Promise<string> {
  const script = fileURLToPath(new URL('../support/rtsp-server.py', import.meta.url));
  const child = spawn('/usr/bin/python3', [script, await sampleClip(), ...login], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return `127.0.0.1:${port.toString().trim()}/cam`;
}

describe.skipIf(!hasServer).each(decoders)('a camera over RTSP, decoded by %s', (decoder) => {
  it('is live and gives frames with ascending pts until it is left', async () => {
    const source = await openSource(`rtsp://${await camera()}`, smallTarget, { decoder });
    expect(source.facts).toMatchObject({ live: true, codec: 'h264', width: 640, height: 360 });
    expect(source.facts.durationS).toBeUndefined();
    const seen: bigint[] = [];
    for await (const frame of source.frames(new AbortController().signal)) {
      seen.push(frame.pts);
      if (seen.length === 30) break;
    }
    expect(seen).toHaveLength(30);
    for (const [i, pts] of seen.entries()) if (i > 0) expect(pts).toBeGreaterThan(seen[i - 1]!);
  });

  it('takes its password, and never shows it', async () => {
    const address = await camera('viewer', 'open-sesame');
    const source = await openSource(`rtsp://viewer:open-sesame@${address}`, smallTarget, { decoder });
    expect(JSON.stringify(source.facts, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))).not.toContain(
      'sesame',
    );
    await source.close();
    const refused: unknown = await openSource(`rtsp://viewer:wrong-sesame@${address}`, smallTarget, { decoder }).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'INPUT_UNREACHABLE' });
    expect(String(refused)).not.toContain('sesame');
  });
});
