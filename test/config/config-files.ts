import fc from 'fast-check';

/** A text as a file must write it, so that what looks like a variable stays as it is. */
export const escaped = (text: string): string => text.replaceAll('${', () => '$${');

/** A source as a valid file may have it. */
export interface SourceFile {
  readonly name: string;
  readonly input: string;
  readonly fps?: number | 'native';
  readonly decoder?: string;
  readonly live?: boolean;
  readonly transport?: string;
  readonly hwaccel?: string;
  readonly openTimeout?: number;
  readonly stallTimeout?: number;
  readonly retry?: { readonly first?: number; readonly most?: number; readonly attempts?: number | 'forever' };
  readonly weight?: number;
  readonly hide?: readonly (readonly number[])[];
  readonly ignore?: readonly (readonly number[])[];
  readonly regions?: readonly (readonly number[])[];
  readonly policy?: string;
  readonly ladder?: readonly number[];
  readonly price?: number;
  readonly tau?: number;
  readonly burst?: number;
  readonly gate?: number;
  readonly refresh?: number;
  readonly hysteresis?: number;
  readonly minScene?: number;
  readonly camera?: boolean;
  readonly dtype?: string;
  readonly window?: number;
  readonly events?: { readonly quiet?: number };
}

/** A token as a valid file may have it. */
export interface AccessFile {
  readonly name: string;
  readonly token?: string;
  readonly sha256?: string;
  readonly streams?: readonly string[];
  readonly metrics?: boolean;
  readonly expires?: string;
}

/** A valid file. */
export interface ConfigFile {
  readonly listen?: object;
  readonly log?: object;
  readonly encoder?: object;
  readonly access?: { readonly tokens?: readonly AccessFile[] };
  readonly data?: {
    readonly dir?: string;
    readonly keep?: { readonly bytes?: number | string; readonly age?: number; readonly packets?: number };
  };
  readonly sources: readonly SourceFile[];
}

const positive = (max: number) => fc.double({ min: 0, max, minExcluded: true, noNaN: true });
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((n) => n + 0);
const name = fc.stringMatching(/^[\w.-]{1,128}$/);
const dollars = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('$', '{', '}', 'A', ':', ' ') });
const words = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const path = fc.oneof(words, dollars);
const rectangle = fc
  .tuple(between(0, 0.9), between(0, 0.9), positive(1), positive(1))
  .map(([x, y, width, height]) => [x, y, Math.min(width, 1 - x), Math.min(height, 1 - y)]);
const rectangles = fc.array(rectangle, { maxLength: 5 });
const some = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });

const retry = some({
  first: positive(60),
  most: between(60, 86_400),
  attempts: fc.oneof(fc.constant('forever' as const), fc.nat(1_000_000)),
});

const tuning = some({
  fps: fc.oneof(fc.constant('native' as const), positive(240)),
  decoder: fc.constantFrom('auto', 'libav', 'ffmpeg'),
  live: fc.boolean(),
  transport: fc.constantFrom('tcp', 'udp'),
  hwaccel: fc.constantFrom('off', 'auto', 'vaapi', 'cuda'),
  openTimeout: positive(3600),
  stallTimeout: positive(86_400),
  retry,
  weight: between(0.01, 100),
  hide: rectangles,
  ignore: rectangles,
  regions: rectangles,
  price: positive(1e9),
  burst: positive(1e9),
  gate: between(0, 1e9),
  refresh: positive(1e9),
  hysteresis: between(0, 1),
  minScene: between(0, 1e9),
  camera: fc.boolean(),
  dtype: fc.constantFrom('F16', 'BF16', 'F32', 'I8'),
  window: fc.integer({ min: 1, max: 256 }),
  events: some({ quiet: positive(3600) }),
});

/** Keys that only some policies heed come with one of them. */
const policies = fc.oneof(
  some({ policy: fc.constantFrom('change', 'fixed:36', 'fidelity') }),
  fc.record({ policy: fc.constant('fidelity'), tau: positive(1e9) }),
  fc.record({ ladder: fc.constantFrom([1, 9, 36], [1, 4, 16, 64, 576]) }),
);

const source = fc
  .tuple(name, path, tuning, policies)
  .map(([own, input, tuned, policy]): SourceFile => ({ name: own, input, ...tuned, ...policy }));

const token = fc.string({
  minLength: 16,
  maxLength: 60,
  unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
});
const secret = fc.oneof(
  token.map((text) => ({ token: text })),
  fc.stringMatching(/^[0-9a-fA-F]{64}$/).map((sha256) => ({ sha256 })),
);
const rights = fc.oneof(
  fc.record({ metrics: fc.constant(true) }),
  fc.record({ streams: fc.array(fc.stringMatching(/^[\w.-]{1,20}\*?$|^\*$/), { minLength: 1, maxLength: 3 }) }),
);
const expires = some({ expires: fc.constantFrom('2031-01-31', '2031-01-31T18:00:00Z', '2031-01-31T18:00:00.5+02:00') });
const access = fc
  .tuple(name, secret, rights, expires)
  .map(([own, ...parts]): AccessFile => Object.assign({ name: own }, ...parts) as AccessFile);
const keep = some({
  bytes: fc.oneof(fc.integer({ min: 2 ** 20, max: 2 ** 44 }), fc.constantFrom('512MiB', '1.5 GiB', '2TiB', '1048576')),
  age: positive(315_360_000),
  packets: fc.integer({ min: 1, max: 1_000_000_000 }),
});

/** Every valid file, but for policy `rate`. */
export const configFiles: fc.Arbitrary<ConfigFile> = fc.record(
  {
    listen: some({
      host: fc.constantFrom('127.0.0.1', '::1', 'localhost'),
      port: fc.integer({ min: 0, max: 65_535 }),
      origins: fc.array(fc.webUrl({ validSchemes: ['http', 'https'] }), { maxLength: 3 }),
      tls: fc.record({ cert: fc.constant('/etc/cert.pem'), key: fc.constantFrom('/etc/key.pem', 'key.pem') }),
    }),
    log: some({ level: fc.constantFrom('debug', 'info', 'warn', 'error', 'silent') }),
    encoder: some({
      card: fc.constantFrom('card.json', '/etc/card.json'),
      device: fc.constantFrom('auto', 'cpu', 'webgpu', 'cuda'),
    }),
    access: some({
      tokens: fc.uniqueArray(access, {
        maxLength: 3,
        comparator: (a, b) =>
          a.name === b.name || (a.token ?? a.sha256?.toLowerCase()) === (b.token ?? b.sha256?.toLowerCase()),
      }),
    }),
    data: some({ dir: fc.constantFrom('off', '/var/lib/framenest', './data'), keep }),
    sources: fc.uniqueArray(source, { minLength: 1, maxLength: 4, selector: (item) => item.name }),
  },
  { requiredKeys: ['sources'] },
);
