import { dirname } from 'node:path';
import { env, InferenceSession } from 'onnxruntime-node';
import { FramenestError } from '../../errors.ts';
import type { ModelSignature, TensorSignature } from '../model-signature.ts';
import { readWithOutput } from './inner-output.ts';

/** How to load an ONNX file. */
export interface SessionPlan {
  readonly provider: 'cpu' | 'webgpu' | 'cuda';
  /** Threads that share one operator, at least 1. */
  readonly threads: number;
  /** False only where the model is looked at and never run. */
  readonly optimise: boolean;
  /** Name of an inner value of the graph that becomes an output, after those that the file declares. */
  readonly innerOutput?: string;
}

type Options = InferenceSession.SessionOptions;

// Whatever goes wrong is thrown as well; the runtime would also print it on stderr, past every log of ours.
env.logLevel = 'fatal';
const logSeverityLevel = 4;

/**
 * Loads a model into this thread; every call on the session then blocks this thread.
 * @throws FramenestError ENCODER_MISMATCH where the CPU cannot load the file, DEVICE_UNAVAILABLE where a GPU cannot;
 * both also where the graph has no such inner value
 */
export async function createSession(modelPath: string, plan: SessionPlan): Promise<InferenceSession> {
  try {
    if (plan.innerOutput === undefined) return await InferenceSession.create(modelPath, sessionOptions(plan));
    const bytes = await readWithOutput(modelPath, plan.innerOutput);
    // What comes from memory has no folder of its own in which external weights could lie.
    const weights = { model_external_initializers_file_folder_path: dirname(modelPath) };
    return await InferenceSession.create(bytes, sessionOptions(plan, weights));
  } catch (cause) {
    const reason = firstLine(cause);
    if (plan.provider === 'cpu') {
      throw new FramenestError('ENCODER_MISMATCH', {
        what: `ONNX Runtime cannot load ${modelPath}: ${reason}.`,
        mend: 'Check that the file is a whole ONNX model; external weights must lie beside it.',
        cause,
      });
    }
    throw new FramenestError('DEVICE_UNAVAILABLE', {
      what: `The device "${plan.provider}" cannot run ${modelPath}: ${reason}.`,
      mend: deviceMend[plan.provider],
      cause,
    });
  }
}

const deviceMend = {
  webgpu: 'WebGPU needs a graphics driver (Vulkan, Metal or Direct3D 12); use the device "cpu" or "auto" without one.',
  cuda: 'CUDA needs the provider libraries of onnxruntime-node (ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false) and CUDA 12 with cuDNN; or use the device "cpu" or "auto".',
} as const;

function sessionOptions(plan: SessionPlan, session: Readonly<Record<string, string>> = {}): Options {
  return {
    executionProviders: plan.provider === 'cpu' ? ['cpu'] : [plan.provider, 'cpu'],
    graphOptimizationLevel: plan.optimise ? 'all' : 'disabled',
    executionMode: 'sequential',
    intraOpNumThreads: plan.threads,
    interOpNumThreads: 1,
    logSeverityLevel,
    // A waiting thread that spins takes the core from the decoder, which shares it.
    extra: { session: { intra_op: { allow_spinning: '0' }, ...session } },
  };
}

/** What the loaded model declares. */
export function signatureOf(session: InferenceSession): ModelSignature {
  return { inputs: session.inputMetadata.map(tensorSignature), outputs: session.outputMetadata.map(tensorSignature) };
}

/** What an error of the runtime says, in one line: without the place in its sources and without the full stop. */
export function firstLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const line = text.split('\n')[0] ?? '';
  const said = line
    .slice(line.lastIndexOf(' was false. ') + 1)
    .replace(/^was false\. /, '')
    .replace(/^\S+\.cc:\d+ .*?\(.*?\) /, '');
  return said.slice(0, 300).replace(/\.$/, '');
}

function tensorSignature(metadata: InferenceSession.ValueMetadata): TensorSignature {
  return metadata.isTensor
    ? { name: metadata.name, dtype: metadata.type, dims: [...metadata.shape] }
    : { name: metadata.name, dtype: 'other', dims: [] };
}
