import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as ort from 'onnxruntime-node';
import { lastValueFrom } from 'rxjs';
import { pipeline } from 'framenest';
import { alternate } from './median.mjs';
import { decodedSource } from './stand-ins.mjs';

/**
 * Frames through the pipeline with its encoder, each one encoded, against a loop that does nothing but normalise and
 * session.run, as a user would write it. And how long the event loop was held up meanwhile.
 */
export async function encoderRate(encoder, model, sourceFacts, frames, rounds) {
  const options = { policy: 'fixed:144' };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const ours = async () => {
    const started = performance.now();
    const source = decodedSource(sourceFacts, frames);
    delay.enable();
    await lastValueFrom(pipeline({ source, encoder, sink: () => undefined, options }));
    delay.disable();
    return (1000 * frames.length) / (performance.now() - started);
  };
  const session = await ort.InferenceSession.create(model.path, { graphOptimizationLevel: 'all' });
  const side = encoder.facts.inputSide;
  const input = new Float32Array(3 * side * side);
  const rival = async () => {
    const started = performance.now();
    for (const { data } of frames) {
      normalise(data, input);
      await session.run({ [model.input]: new ort.Tensor('float32', input, [1, 3, side, side]) }, [model.output]);
    }
    return (1000 * frames.length) / (performance.now() - started);
  };
  const figure = await alternate(rounds, ours, rival);
  await session.release();
  const throughput = {
    name: `encoder inside the pipeline, ${encoder.facts.name}`,
    unit: 'frames/s',
    rivalName: 'bare onnxruntime loop, batch 1, same frames',
    target: '≥ 0.95',
    reached: figure.ratio >= 0.95,
    ...figure,
  };
  const p99 = delay.percentile(99) / 1e6;
  const loop = {
    name: 'event-loop delay while encoding, p99',
    unit: 'ms',
    ours: p99,
    rivalName: 'a bound of 10 ms',
    rival: 10,
  };
  return [throughput, { ...loop, ratio: p99 / 10, target: '≤ 1.00', reached: p99 <= 10 }];
}

/** RGB24 → NCHW, x / 127.5 − 1. */
function normalise(rgb, out) {
  const pixels = rgb.length / 3;
  for (let i = 0; i < pixels; i++) {
    out[i] = rgb[3 * i] / 127.5 - 1;
    out[pixels + i] = rgb[3 * i + 1] / 127.5 - 1;
    out[2 * pixels + i] = rgb[3 * i + 2] / 127.5 - 1;
  }
}
