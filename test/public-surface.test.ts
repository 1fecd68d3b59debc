import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as surface from 'framenest';
import * as client from 'framenest/client';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** What the compiled file at `path` needs, and what that needs: our own files, and the names of packages. */
function needs(path: string, found = { files: new Set<string>(), packages: new Set<string>() }) {
  if (found.files.has(path)) return found;
  found.files.add(path);
  const statements = /^(?:import|export) (?:(?:\{[^}]*\}|\*(?: as \w+)?|\w+) from )?['"]([^'"]+)['"]/gm;
  const calls = /\bimport\(['"]([^'"]+)['"]\)/g;
  const code = readFileSync(path, 'utf8');
  for (const [, name = ''] of [...code.matchAll(statements), ...code.matchAll(calls)]) {
    if (name.startsWith('.')) needs(join(dirname(path), name), found);
    else found.packages.add(name);
  }
  return found;
}

test('framenest exports these names', () => {
  expect(Object.keys(surface).sort()).toMatchInlineSnapshot(`
    [
      "Activity",
      "BudgetPlan",
      "Camera",
      "ChangeDetector",
      "ContextWindow",
      "CreditWindow",
      "EncoderShare",
      "EvenWindow",
      "FramenestError",
      "GridFrames",
      "GridRebuilder",
      "LogStore",
      "NoteFolder",
      "PacketRing",
      "PatchRelevance",
      "QueryView",
      "ReceiverGrid",
      "ReceiverState",
      "Service",
      "StreamCounts",
      "Throttle",
      "TokenSelector",
      "TokenStream",
      "ask",
      "budgetSpending",
      "cappedLadder",
      "ceiling",
      "changePolicy",
      "connect",
      "countOutliers",
      "cutAround",
      "decode",
      "decodePacket",
      "decodeTarget",
      "defaultLadder",
      "deliver",
      "dequantize",
      "encode",
      "encodePacket",
      "errorCodes",
      "fidelitySpending",
      "fixedPolicy",
      "formatTime",
      "gatePolicy",
      "ignoredCells",
      "inspect",
      "keptCells",
      "ladderOf",
      "layoutOf",
      "listEncoders",
      "makeLadder",
      "measure",
      "nest",
      "observe",
      "observeEvents",
      "openEncoder",
      "openHost",
      "openSource",
      "originOf",
      "outlierFactors",
      "pack",
      "parsePipelineOptions",
      "pictureAging",
      "pictureFrames",
      "pictureTarget",
      "pipeline",
      "policyOf",
      "pool",
      "proposeScale",
      "quantize",
      "rateSpending",
      "readConfig",
      "readManifest",
      "readTls",
      "refine",
      "refinement",
      "runJob",
      "salience",
      "sampleClip",
      "scaleOf",
      "scoreChange",
      "seconds",
      "selectTokens",
      "selectorOf",
      "startServer",
      "stillFrames",
      "summarize",
      "summaryMarkdown",
      "summaryReport",
      "surveyBudget",
      "surveyPrices",
      "ticks",
      "tokenAging",
      "tokenFrames",
      "videoTokens",
      "viewOf",
      "wholeView",
    ]
  `);
});

test('framenest/client exports these names', () => {
  expect(Object.keys(client).sort()).toMatchInlineSnapshot(`
    [
      "FramenestError",
      "GridRebuilder",
      "connect",
      "decodePacket",
      "dequantize",
      "encodePacket",
      "observe",
      "observeEvents",
    ]
  `);
});

test('framenest/client, for browsers, needs the client, the views, the wire, the scales, the nouns and the errors, RxJS, zod, and ws in Node', () => {
  const { files, packages } = needs(join(dist, 'client/index.js'));
  const own = [...files].map((path) => relative(dist, path));
  expect(own).toContain('client/client.js');
  expect(
    own.filter((path) => !/^(client|view|wire|scales|media)\/|^errors\.js$|^flow\/backoff\.js$/.test(path)),
  ).toEqual([]);
  expect([...packages].sort()).toEqual(['rxjs', 'ws', 'zod']);
});

test('both are one: an error that framenest/client throws is a FramenestError of framenest', () => {
  expect(client.FramenestError).toBe(surface.FramenestError);
});
