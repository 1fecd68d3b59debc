// Turns a video into token packets and prints what each frame became.
//   node samples/01-tokens-of-a-video.mjs [video]
import { lastValueFrom } from 'rxjs';
import { decodeTarget, formatTime, openEncoder, openSource, pipeline, sampleClip, seconds } from 'framenest';

const encoder = await openEncoder('mobilenet-v2');
const source = await openSource(process.argv[2] ?? (await sampleClip()), decodeTarget(encoder.facts, 2));

// The sink gets one packet a frame. While its promise is open, the decoder waits.
const packets = pipeline({
  source,
  encoder,
  sink: ({ header, frames, tokens }) => {
    for (const { pts, kind, tokens: rows, change } of frames) {
      const time = formatTime(seconds(pts, header.timebase));
      console.log(
        time,
        kind.padEnd(8),
        `${rows} tokens`.padStart(11),
        `change ${change.toFixed(3)}`,
        `${tokens.byteLength} B`,
      );
    }
  },
});

await lastValueFrom(packets);
await encoder.dispose();
