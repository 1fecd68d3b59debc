// What does a policy spend? Runs the same video under several and prints tokens and encoder runs.
//   node samples/02-compare-policies.mjs [video]
import { lastValueFrom } from 'rxjs';
import { StreamCounts, decodeTarget, openEncoder, openSource, pipeline, sampleClip } from 'framenest';

const input = process.argv[2] ?? (await sampleClip());
const encoder = await openEncoder('mobilenet-v2');

for (const options of [
  { policy: 'fixed:144' },
  { policy: 'change', price: 100 },
  { policy: 'change' },
  { policy: 'fixed:1' },
]) {
  const source = await openSource(input, decodeTarget(encoder.facts, 2));
  const counts = new StreamCounts();
  await lastValueFrom(pipeline({ source, encoder, sink: () => undefined, options, counts }));
  const name = [options.policy, options.price && `price ${options.price}`].filter(Boolean).join(', ');
  console.log(
    name.padEnd(20),
    `${counts.tokens} tokens`.padStart(12),
    `${counts.encoderRuns} of ${counts.frames} frames encoded`,
  );
}

await encoder.dispose();
