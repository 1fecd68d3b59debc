// Runs a whole input into part files and prints its own peak resident memory in KiB.
import { decodeTarget, openEncoder, openSource, runJob } from 'framenest';

const [, , input, out, fps] = process.argv;
const encoder = await openEncoder('mobilenet-v2');
const source = await openSource(input, decodeTarget(encoder.facts, fps === 'native' ? fps : Number(fps)));
await runJob({ source, encoder, out, fps: Number(fps), options: {}, signal: new AbortController().signal });
await encoder.dispose();
console.log(process.resourceUsage().maxRSS);
