import type { PipelineOptions } from '../pipeline/pipeline-options.ts';
import type { CheckedConfig } from './check-config.ts';
import { digestOf } from './access-keys.ts';
import { keptBytes } from './data-keys.ts';
import type { ConfigValues, SourceValues } from './schema.ts';
import type { AccessConfig, DataConfig, ListenConfig, ServeConfig, SourceConfig } from './serve-config.ts';

/** The file's words in those of the library, where names end in their unit. */
export function toServeConfig({ values, options }: CheckedConfig): ServeConfig {
  const { log, encoder } = values;
  const { name, card, device } = encoder;
  const sources = values.sources.flatMap((source, index) => {
    const own = options[index];
    return own === undefined ? [] : [toSource(source, own)];
  });
  const data = toData(values.data);
  return {
    listen: toListen(values.listen),
    access: values.access.tokens.map(toAccess),
    ...(data && { data }),
    log,
    encoder: { name, device, ...(card !== undefined && { card }) },
    sources,
  };
}

function toListen({ host, port, origins, tls }: ConfigValues['listen']): ListenConfig {
  return { host, port, origins, ...(tls && { tls }) };
}

function toAccess(rule: ConfigValues['access']['tokens'][number]): AccessConfig {
  const { name, streams, metrics, expires } = rule;
  return { name, sha256: digestOf(rule), streams, metrics, ...(expires && { expiresMs: Date.parse(expires) }) };
}

function toData({ dir, keep: { bytes, age, packets } }: ConfigValues['data']): DataConfig | undefined {
  return dir === 'off' ? undefined : { dir, keep: { bytes: keptBytes(bytes) ?? 0, ageS: age, packets } };
}

function toSource(source: SourceValues, options: PipelineOptions): SourceConfig {
  const { live, retry, events, scoreInput } = source;
  const attempts = retry.attempts === 'forever' ? Infinity : retry.attempts;
  return {
    name: source.name,
    input: source.input,
    ...(scoreInput !== undefined && { scoreInput }),
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
