import { stat } from 'node:fs/promises';
import { isMissing } from '../../encode/encoder-folders.ts';
import { downloadFiles } from '../../encode/hub-download.ts';
import { weightsBeside } from '../../encode/onnx-files.ts';
import { FramenestError } from '../../errors.ts';
import { chooseGraphs } from './graph-files.ts';
import type { LocalOptions } from './local-options.ts';
import { descriptionFiles } from './model-folder.ts';
import { modelInvalid } from './model-invalid.ts';

const repositoryName = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(@[A-Za-z0-9][\w.-]*)?$/;

/**
 * The folder of a model: what is named, or what is fetched once under that name.
 * @param name a folder; `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`; or `OWNER/NAME`, where no folder is called so
 * @throws FramenestError MODEL_INVALID where the repository does not exist or has no such model, DOWNLOAD_FAILED,
 * DIGEST_MISMATCH, ABORTED, OPTION_INVALID
 */
export async function fetchModel(name: string, options: LocalOptions): Promise<string> {
  const isName = name.startsWith('hf:') || (repositoryName.test(name) && !(await exists(name)));
  if (!isName) return name;
  // Small enough for a laptop, and what a CPU is quickest with.
  const variant = options.variant ?? 'q4';
  const choose = (paths: readonly string[], where: string): string[] => {
    const { embed, decoder } = chooseGraphs(paths, variant, where);
    const weights = [embed, decoder].flatMap((path) => weightsBeside(path, paths));
    return [...descriptionFiles, embed, decoder, ...weights];
  };
  try {
    const source = name.startsWith('hf:') ? name : `hf:${name}`;
    return await downloadFiles(source, choose, options, `models${variant === '' ? '' : `-${variant}`}`);
  } catch (thrown) {
    if (!(thrown instanceof FramenestError) || thrown.code !== 'ENCODER_UNKNOWN') throw thrown;
    throw modelInvalid(thrown.what, 'Name a folder, or a repository as hf:OWNER/NAME.', thrown);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw thrown;
  }
}
