import type { PipelineOptions } from '../pipeline/pipeline-options.ts';
import type { CheckedConfig } from './check-config.ts';
import type { SourceValues } from './schema.ts';
import type { ServeConfig, SourceConfig } from './serve-config.ts';

/** The file's words in those of the library, where names end in their unit. */
export function toServeConfig({ values, options }: CheckedConfig): ServeConfig {
  const { listen, log, encoder } = values;
  const { name, card, device } = encoder;
  const sources = values.sources.flatMap((source, index) => {
    const own = options[index];
    return own === undefined ? [] : [toSource(source, own)];
  });
  return { listen, log, encoder: { name, device, ...(card !== undefined && { card }) }, sources };
}

function toSource(source: SourceValues, options: PipelineOptions): SourceConfig {
  const { live, retry, events } = source;
  const attempts = retry.attempts === 'forever' ? Infinity : retry.attempts;
  return {
    name: source.name,
    input: source.input,
    fps: source.fps,
    decoder: source.decoder,
    ...(live !== undefined && { live }),
    transport: source.transport,
    hwaccel: source.hwaccel,
    openTimeoutS: source.openTimeout,
    stallS: source.stallTimeout,
    retry: { firstS: retry.first, mostS: retry.most, attempts },
    weight: source.weight,
    hide: source.hide,
    ignore: source.ignore,
    regions: source.regions,
    events: { quietS: events.quiet },
    options,
  };
}
