import { z } from 'zod';
import { hiddenAtMost } from '../decode/hidden-regions.ts';
import { hardwareNames, pairFault } from '../decode/open-checks.ts';
import { defaultEncoder } from '../encode/known-encoders.ts';
import type { Region } from '../media/region.ts';
import { accessKeys } from './access-keys.ts';
import { dataKeys } from './data-keys.ts';
import { pipelineKeys } from './pipeline-keys.ts';
import { choice, expected, map, path, ranged, secondsUpTo, text, upTo, whole } from './schema-words.ts';
import { logLevels } from './serve-config.ts';

/** Upper bounds of the file, so that no slip of a finger asks for a machine that nobody has. */
const MOST = { sources: 256, rectangles: hiddenAtMost, origins: 64, inputLength: 4096, tries: 1_000_000 } as const;

/** Frames a second that are kept where a source does not say. */
export const defaultFps = 2;

/** A day and an hour, seconds: timers of Node end below 25 days. */
const [DAY_S, HOUR_S] = [86_400, 3_600];

/** Shares that add up to 1 in decimals may exceed it by this in binary. */
const ROUNDING = 1e-9;

const isOneLine = (text: string): boolean => !/[\n\r\u2028\u2029]/.test(text);

const rectangleWords = '[x, y, width, height], shares of the picture: 0 … 1, above 0 for the sizes, within the picture';
const rectangle = z.custom<readonly number[]>(isRectangle, expected(rectangleWords)).transform(toRegion);
const rectanglesWords = `a list of at most ${MOST.rectangles} rectangles [x, y, width, height]`;
const rectangles = z.array(rectangle, expected(rectanglesWords)).max(MOST.rectangles, expected(rectanglesWords));

const fpsWords = 'a number above 0 or "native"';
const attemptsWords = `"forever" or a whole number, 0 … ${MOST.tries}`;
const originWords = 'scheme, host and port of a page, such as http://localhost:5173';
const originsWords = `a list of at most ${MOST.origins} origins`;

const retry = map({
  first: secondsUpTo(DAY_S).default(1),
  most: secondsUpTo(DAY_S).default(60),
  attempts: z.union([z.literal('forever'), whole(0, MOST.tries)], expected(attemptsWords)).default('forever'),
}).refine(({ first, most }) => most >= first, {
  error: 'expected no less than "first" (by default it is 60)',
  path: ['most'],
  params: { together: true },
});

/** What a source may have beside its name and its input, and `defaults` too. The pipeline's keys are checked by it. */
const shared = {
  fps: z.union([z.literal('native'), ranged(fpsWords, (n) => n > 0)], expected(fpsWords)).default(defaultFps),
  decoder: choice(['auto', 'libav', 'ffmpeg']).default('auto'),
  live: z.boolean(expected('true or false')).optional(),
  transport: choice(['tcp', 'udp']).default('tcp'),
  hwaccel: choice(['off', 'auto', ...hardwareNames]).default('off'),
  openTimeout: secondsUpTo(HOUR_S).default(10),
  stallTimeout: secondsUpTo(DAY_S).default(20),
  retry: retry.prefault({}),
  weight: ranged('a number, 0.01 … 100', (n) => n >= 0.01 && n <= 100).default(1),
  hide: rectangles.default([]),
  ignore: rectangles.default([]),
  regions: rectangles.default([]),
  ...pipelineKeys(z.unknown().optional()),
  events: map({ quiet: secondsUpTo(HOUR_S).default(3) }).prefault({}),
};

const source = map({
  name: text('1 … 128 letters, digits, ".", "_" or "-"', /^[\w.-]{1,128}$/),
  input: inputText('the path of a file, a URL or a capture device'),
  scoreInput: inputText("the URL or capture device of the camera's sub-stream").optional(),
  ...shared,
}).check(({ value, issues }) => {
  const { input, scoreInput, decoder, live } = value;
  const fault =
    scoreInput === undefined
      ? undefined
      : pairFault(input, scoreInput, { decoder, ...(live !== undefined && { live }) });
  if (fault === undefined) return;
  // The words never tell a URL: it may hold a password.
  issues.push({ code: 'custom', message: fault, path: ['scoreInput'], params: { together: true }, input: undefined });
});
const sourcesWords = `a list of 1 … ${MOST.sources} sources`;

/**
 * The configuration as YAML has it (docs/configuration.md), with every default. Its sources are checked after `defaults`
 * went into them. Every message of it says what was expected, and nothing of what was found.
 */
export const configSchema = map({
  listen: map({
    host: text('an address such as 127.0.0.1', /^\S{1,255}$/).default('127.0.0.1'),
    port: whole(0, 65_535).default(8787),
    origins: z
      .array(z.string(expected(originWords)).refine(isOrigin, expected(originWords)), expected(originsWords))
      .max(MOST.origins, expected(originsWords))
      .default([]),
    tls: map({
      cert: path('the path of a certificate in PEM'),
      key: path('the path of a private key in PEM'),
    }).optional(),
  }).prefault({}),
  access: accessKeys,
  data: dataKeys,
  log: map({ level: choice(logLevels).default('info') }).prefault({}),
  encoder: map({
    name: upTo('a known encoder, a path or hf:OWNER/NAME[@REV]', MOST.inputLength, isOneLine).default(defaultEncoder),
    card: upTo('the path of a model card', MOST.inputLength, isOneLine).optional(),
    device: choice(['auto', 'cpu', 'webgpu', 'cuda']).default('auto'),
  }).prefault({}),
  defaults: map(shared).prefault({}),
  sources: z
    .array(source, expected(sourcesWords))
    .min(1, expected(sourcesWords))
    .max(MOST.sources, expected(sourcesWords)),
});

/** A configuration in the YAML's words, checked, defaults filled in; the pipeline's keys as they came. */
export type ConfigValues = z.output<typeof configSchema>;

/** One source of it. */
export type SourceValues = z.output<typeof source>;

function inputText(words: string): ReturnType<typeof upTo> {
  const { inputLength } = MOST;
  return upTo(`${words}, 1 … ${inputLength} characters`, inputLength, (input) => !input.includes('\0'));
}

function isOrigin(origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).origin !== 'null';
}

function isRectangle(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 4) return false;
  if (!value.every((n) => typeof n === 'number' && n >= 0 && n <= 1)) return false;
  const { x, y, width, height } = toRegion(value as number[]);
  return width > 0 && height > 0 && x + width <= 1 + ROUNDING && y + height <= 1 + ROUNDING;
}

function toRegion([x = 0, y = 0, width = 0, height = 0]: readonly number[]): Region {
  return { x, y, width, height };
}
