import { readdirSync } from 'node:fs';
import type { InferenceSession } from 'onnxruntime-node';
import { FramenestError } from '../../errors.ts';
import { batchLimit, declaresOutput, noSuchOutput } from '../card-check.ts';
import type { WorkerSetup } from './messages.ts';
import { ModelRunner } from './model-runner.ts';
import { createSession, firstLine, signatureOf } from './ort-session.ts';
import type { SessionPlan } from './ort-session.ts';

type Provider = SessionPlan['provider'];

/** A model on the device that it will stay on. */
export interface OpenModel {
  readonly runner: ModelRunner;
  readonly device: Provider;
  /** Frames in one run at most. */
  readonly maxBatch: number;
}

/** On the CPU larger runs fall out of the cache and bring nothing; a GPU is filled by them. */
const usualBatch: Record<Provider, number> = { cpu: 1, webgpu: 4, cuda: 8 };

/**
 * Loads the model on the device asked for, compares it with its card and runs it once. `auto` opens the CPU and each
 * GPU that looks present, times one run on each after a first one, and keeps the fastest.
 * @throws FramenestError ENCODER_MISMATCH, or DEVICE_UNAVAILABLE where a device was asked for by name
 */
export async function openModel(setup: WorkerSetup): Promise<OpenModel> {
  if (setup.device !== 'auto') return openOn(setup, setup.device);
  let best = await openOn(setup, 'cpu');
  const gpus = plausibleGpus();
  if (gpus.length === 0) return best;
  let bestMs = await timeOne(best.runner);
  for (const gpu of gpus) {
    const other = await openQuietly(setup, gpu);
    if (!other) continue;
    const ms = await timeOne(other.runner);
    const slower = ms < bestMs ? best : other;
    if (ms < bestMs) [best, bestMs] = [other, ms];
    await slower.runner.release();
  }
  return best;
}

async function openOn(setup: WorkerSetup, provider: Provider): Promise<OpenModel> {
  const session = await openSession(setup, { provider, threads: setup.threads, optimise: true });
  const runner = new ModelRunner(session, setup.card);
  await runner.dryRun();
  const wanted = setup.maxBatch ?? usualBatch[provider];
  return { runner, device: provider, maxBatch: batchLimit(setup.card, signatureOf(session), wanted) };
}

/**
 * A session that has the card's output. Where the file does not declare it, the model is loaded anew with the inner value
 * of that name as an output; the first session, which told so, is freed before.
 */
async function openSession({ modelPath, card }: WorkerSetup, plan: SessionPlan): Promise<InferenceSession> {
  const session = await createSession(modelPath, plan);
  const declared = signatureOf(session);
  if (declaresOutput(card, declared)) return session;
  await session.release();
  try {
    return await createSession(modelPath, { ...plan, innerOutput: card.outputName });
  } catch (thrown) {
    // Neither the device nor the file is to blame: the model was loaded a moment ago.
    throw noSuchOutput(card, declared, firstLine(thrown instanceof FramenestError ? thrown.cause : thrown));
  }
}

async function openQuietly(setup: WorkerSetup, provider: Provider): Promise<OpenModel | undefined> {
  try {
    return await openOn(setup, provider);
  } catch (thrown) {
    if (thrown instanceof FramenestError) return undefined;
    throw thrown;
  }
}

async function timeOne(runner: ModelRunner): Promise<number> {
  const start = performance.now();
  await runner.dryRun();
  return performance.now() - start;
}

/**
 * GPU providers worth a try. On Linux a render node or NVIDIA's device file must exist: without one WebGPU would find
 * a software renderer at best, hundreds of times slower than the CPU provider.
 */
function plausibleGpus(): Provider[] {
  if (process.platform !== 'linux') return ['webgpu'];
  const nvidia = holds('/dev', /^nvidia\d+$/);
  if (nvidia) return ['cuda', 'webgpu'];
  return holds('/dev/dri', /^renderD\d+$/) ? ['webgpu'] : [];
}

function holds(folder: string, name: RegExp): boolean {
  try {
    return readdirSync(folder).some((entry) => name.test(entry));
  } catch {
    return false;
  }
}
