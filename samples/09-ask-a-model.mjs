// Holds a video within 800 tokens as a language model's context would, and shows how it ages: what is new is fine, what is old
// is coarse. With FRAMENEST_HOST (such as openai:http://127.0.0.1:11434/v1) a model is asked about the pictures.
//   node samples/09-ask-a-model.mjs [video]
import { ContextWindow, openHost, openSource, pictureAging, pictureFrames, pictureTarget, sampleClip } from 'framenest';

// Pictures need no encoder: the change score alone says how fine each one is, and tokens become pixels.
const pictures = { options: { policy: 'change', stream: 'video' }, gridSide: 24 };
const source = await openSource(process.argv[2] ?? (await sampleClip()), pictureTarget(pictures, 2));

const window = new ContextWindow({ ladder: [1, 9, 36, 144], maxTokens: 800, aging: pictureAging });
for await (const frame of pictureFrames(source, pictures, new AbortController().signal)) window.push(frame);

// Between two cuts a view only grows at its end, so that a host need not read the rest again.
const view = window.view();
for (const part of view.parts) {
  if (part.type === 'text') console.log(part.text);
  else console.log(`  ${part.frame.id}: ${part.frame.tokens} tokens`);
}
console.log(
  `${view.tokens} tokens after ${view.cuts} cuts; ${window.figures.merged} of ${window.figures.pushed} frames merged`,
);

if (process.env.FRAMENEST_HOST) {
  const host = await openHost(process.env.FRAMENEST_HOST, { model: process.env.FRAMENEST_MODEL });
  for await (const text of host.ask({ window: view, prompt: 'What happens?' })) process.stdout.write(text);
  await host.close();
}
await source.close();
