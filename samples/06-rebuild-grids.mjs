// Sends a few tokens of each frame as cuts of the scale tree and rebuilds the full grid of features from them alone.
//   node samples/06-rebuild-grids.mjs [video]
import { lastValueFrom } from 'rxjs';
import { GridRebuilder, decodeTarget, defaultLadder, formatTime, openEncoder, openSource } from 'framenest';
import { pipeline, sampleClip, seconds } from 'framenest';

const encoder = await openEncoder('mobilenet-v2');
const { gridSide, channels } = encoder.facts;
const source = await openSource(process.argv[2] ?? (await sampleClip()), decodeTarget(encoder.facts, 2));

// A client has these facts from the server's welcome.
const ladder = defaultLadder(gridSide).scales.map((scale) => scale.tokens);
const rebuilder = new GridRebuilder({ ladder, gridSide, channels });

let total = 0;
const sink = (packet) => {
  for (const { frame, side, grid } of rebuilder.receive(packet)) {
    total += frame.tokens;
    const energy = grid.reduce((sum, value) => sum + value * value, 0) / grid.length;
    console.log(
      `${formatTime(seconds(frame.pts, packet.header.timebase))} ${frame.kind.padEnd(7)} ${String(frame.tokens).padStart(3)} tokens → ${side}×${side} grid, mean square ${energy.toFixed(3)}`,
    );
  }
};
await lastValueFrom(pipeline({ source, encoder, sink, options: { policy: 'fidelity', layout: 'tree' } }));
console.log(`${total} tokens in all`);
await encoder.dispose();
