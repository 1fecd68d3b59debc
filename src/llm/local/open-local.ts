import { fetchModel } from './fetch-model.ts';
import { LocalHost } from './local-host.ts';
import { localModel } from './local-model.ts';
import { localSettings } from './local-options.ts';
import type { LocalOptions } from './local-options.ts';
import { readModelFolder } from './model-folder.ts';

/**
 * Opens a language model in this process, offline but for the first use of a repository.
 * @param name `hf:OWNER/NAME`, `OWNER/NAME`, or a folder in the split of transformers.js: descriptions, and `onnx/` with `embed_tokens` and `decoder_model_merged`
 * @returns a host whose model is loaded, with counters of what it did
 * @throws FramenestError MODEL_INVALID naming file and mend, OPTION_INVALID, HOST_FAILED; those of a download
 */
export async function openLocal(name: string, options: LocalOptions = {}): Promise<LocalHost> {
  const settings = localSettings(options);
  const files = await readModelFolder(await fetchModel(name, options), options.variant);
  return LocalHost.start(localModel(files), files, settings);
}
