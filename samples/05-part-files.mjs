// Writes a video's tokens to part files, as `framenest run` does, and reads them back.
//   node samples/05-part-files.mjs [video]
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePacket, decodeTarget, openEncoder, openSource, readManifest, runJob, sampleClip } from 'framenest';

const out = await mkdtemp(join(tmpdir(), 'framenest-'));
const encoder = await openEncoder('mobilenet-v2');
const source = await openSource(process.argv[2] ?? (await sampleClip()), decodeTarget(encoder.facts, 2));

const report = await runJob({ source, encoder, out, fps: 2, options: {}, signal: new AbortController().signal });
console.log(
  `${report.frames} frames, ${report.tokensPerFrame.toFixed(1)} tokens per frame, ${report.encoderRuns} encoder runs`,
);

const { parts } = await readManifest(out);
for (const { file } of parts) {
  const { frames, channels, dtype } = decodePacket(await readFile(join(out, file)));
  console.log(
    `${file}: ${frames.length} frames of ${dtype} × ${channels}, finest ${Math.max(...frames.map((frame) => frame.scale))} tokens`,
  );
}

await encoder.dispose();
await rm(out, { recursive: true });
