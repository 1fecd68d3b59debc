import * as ort from 'onnxruntime-node';
import { lastValueFrom } from 'rxjs';
import { pipeline } from 'framenest';
import { alternate } from './median.mjs';
import { decodedSource } from './stand-ins.mjs';

/** Frames through the pipeline with its encoder, each one encoded, against a loop that does nothing but session.run. */
export async function encoderRate(encoder, model, sourceFacts, frames, rounds, batch) {
  const options = { policy: 'fixed:144' };
  const ours = async () => {
    const started = performance.now();
    const source = decodedSource(sourceFacts, frames);
    await lastValueFrom(pipeline({ source, encoder, sink: () => undefined, options }));
    return (1000 * frames.length) / (performance.now() - started);
  };
  const session = await ort.InferenceSession.create(model.path, { graphOptimizationLevel: 'all' });
  const side = encoder.facts.inputSide;
  const input = new Float32Array(batch * 3 * side * side);
  const rival = async () => {
    const started = performance.now();
    for (let at = 0; at + batch <= frames.length; at += batch) {
      frames.slice(at, at + batch).forEach(({ data }, i) => normalise(data, input, i * 3 * side * side));
      await session.run({ [model.input]: new ort.Tensor('float32', input, [batch, 3, side, side]) }, [model.output]);
    }
    return (1000 * frames.length) / (performance.now() - started);
  };
  const figure = await alternate(rounds, ours, rival);
  await session.release();
  return {
    name: `encoder inside the pipeline, ${encoder.facts.name}`,
    unit: 'frames/s',
    rivalName: `bare onnxruntime loop, batch ${batch}, same frames`,
    target: '≥ 0.95',
    reached: figure.ratio >= 0.95,
    ...figure,
  };
}

/** RGB24 → NCHW, x / 127.5 − 1. */
function normalise(rgb, out, start) {
  const pixels = rgb.length / 3;
  for (let i = 0; i < pixels; i++) {
    out[start + i] = rgb[3 * i] / 127.5 - 1;
    out[start + pixels + i] = rgb[3 * i + 1] / 127.5 - 1;
    out[start + 2 * pixels + i] = rgb[3 * i + 2] / 127.5 - 1;
  }
}
