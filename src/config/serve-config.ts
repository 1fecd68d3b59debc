import type { DecoderChoice } from '../decode/open-source.ts';
import type { Device } from '../encode/worker/messages.ts';
import type { Region } from '../media/region.ts';
import type { PipelineOptions } from '../pipeline/pipeline-options.ts';

/** What `framenest serve` runs: a configuration file, checked, with every default filled in. Holds secrets: never log it. */
export interface ServeConfig {
  readonly listen: ListenConfig;
  /** Who may see what; none where everybody on this machine may. At most 256. */
  readonly access: readonly AccessConfig[];
  /** Where packets are kept; absent where they are kept in memory alone. */
  readonly data?: DataConfig;
  readonly log: LogConfig;
  readonly encoder: EncoderConfig;
  /** 1 … 256, each with a name of its own. */
  readonly sources: readonly SourceConfig[];
}

/** Where the server listens. */
export interface ListenConfig {
  /** Address to bind. */
  readonly host: string;
  /** 0 … 65535; 0 takes any free one. */
  readonly port: number;
  /** Origins of the web pages that may connect, at most 64. */
  readonly origins: readonly string[];
  /** Paths of the certificate chain and its key, in PEM; absent: without TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** One token, and what it is good for. */
export interface AccessConfig {
  /** What the log calls it. */
  readonly name: string;
  /** SHA-256 of the token, 64 hexadecimal digits in lower case: the token itself is not kept. */
  readonly sha256: string;
  /** Names of streams; `*` at the end of one stands for all that begin like it. At most 256. */
  readonly streams: readonly string[];
  /** Whether it opens `/metrics` and `/readyz`. */
  readonly metrics: boolean;
  /** Unix time from which it is worth nothing, milliseconds. */
  readonly expiresMs?: number;
}

/** Where the packets of all streams are kept. */
export interface DataConfig {
  /** Path of a folder. */
  readonly dir: string;
  /** Of each stream: the oldest packets go as soon as one of these is exceeded. */
  readonly keep: KeepConfig;
}

/** How much of a stream is kept. */
export interface KeepConfig {
  /** 1 MiB … 16 TiB. */
  readonly bytes: number;
  /** Seconds, > 0, at most 315,360,000. */
  readonly ageS: number;
  /** 1 … 1,000,000,000. */
  readonly packets: number;
}

/** What is logged. */
export interface LogConfig {
  /** Least severe line that is printed. */
  readonly level: LogLevel;
}

/** The levels of the log, the most talkative first. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** The encoder that all sources share. */
export interface EncoderConfig {
  /** A known name, a path, or `hf:OWNER/NAME[@REV]`, as `openEncoder` takes it. */
  readonly name: string;
  /** Path of a model card, for a folder that has none. */
  readonly card?: string;
  readonly device: Device;
}

/** One source: what it reads, how it is kept, and what its pipeline does. */
export interface SourceConfig {
  /** 1 … 128 letters, digits, `.`, `_`, `-`. */
  readonly name: string;
  /** File, URL or device, variables replaced: may hold credentials. At most 4,096 characters. */
  readonly input: string;
  /** Sub-stream of a camera: scored in place of `input`. May hold credentials too. */
  readonly scoreInput?: string;
  /** Frames a second to keep at most, > 0; `native` keeps every frame. */
  readonly fps: number | 'native';
  readonly decoder: DecoderChoice;
  /** Absent: the input tells. */
  readonly live?: boolean;
  /** Of RTSP. */
  readonly transport: 'tcp' | 'udp';
  /** `off`, `auto` or the name of one of FFmpeg's hardware devices. */
  readonly hwaccel: string;
  /** Seconds that a network input may take to answer, > 0, at most 3,600. */
  readonly openTimeoutS: number;
  /** Seconds without a decoded frame after which a live source counts as lost, > 0, at most 86,400. */
  readonly stallS: number;
  readonly retry: RetryConfig;
  /** Share of the encoder against the other sources, 0.01 … 100. */
  readonly weight: number;
  /** Painted over before anything sees the picture; at most 32. */
  readonly hide: readonly Region[];
  /** Changes in these do not count; at most 32. */
  readonly ignore: readonly Region[];
  /** Only changes in these count, where there are any; at most 32. */
  readonly regions: readonly Region[];
  readonly events: EventsConfig;
  /** Of the pipeline; `stream` is the source's name. */
  readonly options: PipelineOptions;
}

/** Pauses between the tries to open a live source. */
export interface RetryConfig {
  /** Seconds before the second try, > 0. */
  readonly firstS: number;
  /** Seconds between two tries at most, ≥ `firstS`, at most 86,400. */
  readonly mostS: number;
  /** Tries in a row that may fail before the source is given up, 0 … 1,000,000, or Infinity. */
  readonly attempts: number;
}

/** When an activity is over. */
export interface EventsConfig {
  /** Seconds without activity, > 0, at most 3,600. */
  readonly quietS: number;
}
