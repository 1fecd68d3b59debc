import { redactInput } from '../decode/redact.ts';
import { FramenestError } from '../errors.ts';
import type { HostOptions, LlmHost } from './host.ts';

/** What a host is opened with, beside its address. */
export type HostChoice = Omit<HostOptions, 'url' | 'key'> & {
  /** Where keys are looked up. Default: the process's own environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** A kind of host, as its specification spells it. */
interface HostKind {
  /** As in a message: `vllm:URL`. */
  readonly spelling: string;
  /** Whether an address follows: always, at will, or a folder or name instead. */
  readonly address: 'needed' | 'optional' | 'folder';
  /** Schemes of its address. */
  readonly schemes: readonly string[];
  /** Variable with the key where no address is given; with one it is FRAMENEST_HOST_KEY, so that no key goes astray. */
  readonly ownKey?: string;
  /** Its code is loaded when it is wanted. */
  readonly open: (address: string, options: HostOptions) => Promise<LlmHost>;
}

const web = ['http:', 'https:'];

const kinds: Readonly<Record<string, HostKind>> = {
  vllm: {
    ...{ spelling: 'vllm:URL', address: 'needed', schemes: web },
    open: async (_, options) => (await import('./hosts/vllm.ts')).openVllm(options),
  },
  trtllm: {
    ...{ spelling: 'trtllm:URL', address: 'needed', schemes: web },
    open: async (_, options) => (await import('./hosts/tensorrt-llm.ts')).openTensorRtLlm(options),
  },
  openai: {
    ...{ spelling: 'openai[:URL]', address: 'optional', schemes: web, ownKey: 'OPENAI_API_KEY' },
    open: async (_, options) => (await import('./hosts/openai-pixels.ts')).openOpenAiPixels(options),
  },
  gemini: {
    ...{ spelling: 'gemini[:URL]', address: 'optional', schemes: web, ownKey: 'GEMINI_API_KEY' },
    open: async (_, options) => (await import('./hosts/gemini-live.ts')).openGeminiLive(options),
  },
  realtime: {
    ...{ spelling: 'realtime[:URL]', address: 'optional', schemes: [...web, 'ws:', 'wss:'], ownKey: 'OPENAI_API_KEY' },
    open: async (_, options) => (await import('./hosts/realtime.ts')).openOpenAiRealtime(options),
  },
  local: {
    ...{ spelling: 'local:DIR-OR-NAME', address: 'folder', schemes: [] },
    open: async (folder, options) => (await import('./local/open-local.ts')).openLocal(folder, options),
  },
};

/** How a host may be named, for help and errors. */
export const hostSpellings = Object.values(kinds)
  .map(({ spelling }) => spelling)
  .join(' | ');

/**
 * Opens the host that a specification names: `vllm:http://127.0.0.1:8000/v1`, `openai`, `local:DIR`. Keys come from the
 * environment alone: OPENAI_API_KEY and GEMINI_API_KEY for those services themselves, FRAMENEST_HOST_KEY for any address.
 * @throws FramenestError OPTION_INVALID for a specification of another form, an address with credentials, and a service
 * without its key; the host's own codes
 */
export async function openHost(spec: string, { env = process.env, ...choice }: HostChoice = {}): Promise<LlmHost> {
  const [name, address] = split(spec);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (!kind) throw unknown(spec);
  if (address !== undefined && kind.address === 'folder') return kind.open(address, choice);
  if (address === undefined) return kind.open('', { ...choice, ...ownService(name, kind, env) });
  const key = env['FRAMENEST_HOST_KEY'];
  return kind.open(address, { ...choice, url: checkedUrl(name, kind, address), ...(key && { key }) });
}

/** @returns name and address; the address is undefined where there is none, or an empty one */
function split(spec: string): readonly [string, string | undefined] {
  const at = spec.indexOf(':');
  return at < 0 ? [spec, undefined] : [spec.slice(0, at), spec.slice(at + 1) || undefined];
}

/** The service that bears the kind's name, at its own address. */
function ownService(name: string, kind: HostKind, env: NonNullable<HostChoice['env']>): { key: string } {
  if (kind.ownKey === undefined) throw incomplete(name, kind);
  const key = env[kind.ownKey];
  if (key) return { key };
  throw new FramenestError('OPTION_INVALID', {
    what: `Host "${name}" needs a key, and the environment variable ${kind.ownKey} is not set.`,
    mend: `Set ${kind.ownKey}, or name a server of your own: ${name}:URL.`,
  });
}

function checkedUrl(name: string, kind: HostKind, address: string): string {
  const parsed = URL.canParse(address) ? new URL(address) : undefined;
  const url = parsed && kind.schemes.includes(parsed.protocol) ? parsed : undefined;
  // What is no address may be one without its scheme: `user:password@host`.
  const secret = url ? url.username !== '' || url.password !== '' : address.includes('@');
  if (secret || redactInput(address) !== address) {
    throw new FramenestError('OPTION_INVALID', {
      what: `The address of host "${name}" holds a user, a password or a key.`,
      mend: 'Give the address without them, and the key as the environment variable FRAMENEST_HOST_KEY.',
    });
  }
  if (url) return address;
  throw new FramenestError('OPTION_INVALID', {
    what: `The address of host "${name}" is "${address}".`,
    mend: `Give ${kind.schemes.map((scheme) => `${scheme}//`).join(' or ')} with host and port, such as ${name}:http://127.0.0.1:8000/v1.`,
  });
}

function incomplete(name: string, { spelling }: HostKind): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `Host "${name}" is named without what belongs to it.`,
    mend: `Give ${spelling}.`,
  });
}

function unknown(spec: string): FramenestError {
  return new FramenestError('OPTION_INVALID', {
    what: `There is no host "${redactInput(spec)}".`,
    mend: `Give one of ${hostSpellings}.`,
  });
}
