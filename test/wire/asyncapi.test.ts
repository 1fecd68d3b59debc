import { readFileSync } from 'node:fs';
import { connect } from '#dist/client/connect.js';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { bentProxy } from '../conformance/bent-proxy.ts';
import type { Message } from '../conformance/bent-proxy.ts';
import { treeCamera } from '../conformance/every-sort.ts';
import { folder, openStore } from '../log/log-rig.ts';
import { RawClient } from '../support/raw-client.ts';
import { cameraStream, lightStream, serve } from '../support/serving.ts';
import { until } from '../support/sleep.ts';

interface Document {
  readonly operations: Record<'hear' | 'tell', { readonly messages: readonly { readonly $ref: string }[] }>;
  readonly components: { readonly messages: Record<string, { readonly payload: object }> };
}

const text = readFileSync(new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8');
const document = parse(text) as Document;

function typesOf(operation: 'hear' | 'tell'): string[] {
  return document.operations[operation].messages.map(({ $ref }) => $ref.split('/').at(-1)!);
}

const ajv = new Ajv({ strict: false });
const validators = new Map<string, ValidateFunction>(
  Object.entries(document.components.messages)
    .filter(([name]) => name !== 'packet')
    .map(([name, { payload }]) => [name, ajv.compile(payload)]),
);

/** What is wrong with a message by the document; undefined where nothing is. */
function wrong(message: Message): string | undefined {
  const validate = validators.get(message.type ?? '');
  if (validate?.(message) === true) return undefined;
  return `${JSON.stringify(message)}: ${ajv.errorsText(validate?.errors ?? null)}`;
}

describe('docs/asyncapi.yaml', () => {
  test('is what npm run asyncapi makes', async () => {
    const script = new URL('../../scripts/asyncapi.mjs', import.meta.url);
    const { asyncapiText } = (await import(script.href)) as { asyncapiText: () => Promise<string> };
    expect(text).toBe(await asyncapiText());
  });

  test('is an AsyncAPI 3.0 document by the schema of AsyncAPI', () => {
    // The schema has JSON Schema's own inside, so Ajv must not bring it too.
    const official = new Ajv({ strict: false, meta: false, validateSchema: false });
    addFormats.default(official);
    const validate = official.compile(specs.schemas['3.0.0'] as object);
    validate(document);
    expect(validate.errors).toBeNull();
    expect(validate({ ...document, operations: { hear: { action: 'dance' } } })).toBe(false);
  });

  test.each<Message>([
    { type: 'credit', stream: 'a' },
    { type: 'credit', stream: 'a', packets: 0 },
    { type: 'subscribe', stream: 'a', from: 'end' },
    { type: 'subscribe' },
    { type: 'gap', stream: 'a', from: 1, to: 2, frames: 2, reason: 'bored' },
    { type: 'error', code: 'NO_SUCH_CODE', message: '', mend: '', retryable: true },
  ])('refuses %j', (message) => {
    expect(wrong(message)).toBeDefined();
  });
});

/** What went over one proxy, in both directions. */
function tap() {
  const said: Message[] = [];
  const told: Message[] = [];
  const bend = () => ({
    said: (message: string, parsed: Message) => {
      said.push(parsed);
      return [message];
    },
    told: (message: Message) => {
      told.push(message);
      return [message];
    },
  });
  return { said, told, bend };
}

const kinds = (messages: readonly Message[]): string[] => [...new Set(messages.map(({ type }) => type ?? ''))].sort();
const faults = (messages: readonly Message[]): string[] => messages.flatMap((message) => wrong(message) ?? []);

/** Everything that a server can tell, and a client can say, happens in this session. */
async function fullSession(client: RawClient, next: () => number): Promise<void> {
  await client.first('welcome');
  client.say({ type: 'listen' });
  await client.first('event');
  client.say({ type: 'unlisten' });
  client.say({ type: 'subscribe', stream: 'nobody' });
  await client.first('error');
  client.say({ type: 'subscribe', stream: 'short', from: 'start', dtype: 'I8', values: false });
  client.say({ type: 'credit', stream: 'short', tokens: 10_000 });
  await client.first('end');
  client.say({ type: 'subscribe', stream: 'short', from: 'start', key: true });
  client.say({ type: 'credit', stream: 'short', bytes: 100_000, packets: 10 });
  await client.first('gap');
  client.say({ type: 'subscribe', stream: 'cam', from: { atMs: Date.now() }, maxScale: 36, layout: 'uniform' });
  client.say({ type: 'credit', stream: 'cam', packets: 2 });
  await until(() => next() > 0 && client.all('subscribed').some(({ stream }) => stream === 'cam'));
  await until(() => client.packets.length > 0);
  await falls(client, next);
  client.say({ type: 'ack', stream: 'cam', sequence: 1 });
  await client.first('acked');
  client.say({ type: 'unsubscribe', stream: 'cam' });
  await client.caughtUp();
}

/** Falls behind until the server says so. */
async function falls(client: RawClient, next: () => number): Promise<void> {
  const before = next();
  await until(() => next() > before + 80);
  client.say({ type: 'credit', stream: 'cam', packets: 1000 });
  await client.first('demoted');
}

describe('what goes over the wire is what docs/asyncapi.yaml says', () => {
  test('of every message that there is, both ways, in a real session', async () => {
    const { store } = await openStore(await folder());
    const cam = treeCamera(store.log('cam'));
    const { stream: lost } = cameraStream('lost', ['refused', 'refused']);
    const server = await serve([cam, lightStream('short', { count: 30 }, { kept: 5 }), lost]);
    const { said, told, bend } = tap();
    const client = await RawClient.open(await bentProxy(server.url, { bend }));
    await fullSession(client, () => cam.stream.log.next);
    server.add(lightStream('another').stream);
    await client.first('streams');
    await server.close();
    await client.first('goaway');
    expect(faults(told)).toEqual([]);
    expect(faults(said)).toEqual([]);
    expect([...kinds(told), 'packet'].sort()).toEqual(typesOf('tell').sort());
    expect(kinds(said)).toEqual(typesOf('hear').sort());
  });

  test('of what our own client says', async () => {
    const { url } = await serve([lightStream('a', { count: 30 })]);
    const { said, bend } = tap();
    const client = await connect(await bentProxy(url, { bend }), { reconnect: false });
    onTestFinished(() => client.close());
    const options = {
      from: 'start',
      maxScale: 9,
      dtype: 'BF16',
      key: true,
      ack: 'taken',
      window: { bytes: 4096 },
    } as const;
    let packets = 0;
    for await (const item of client.subscribe('a', options)) packets += item.type === 'packet' ? 1 : 0;
    expect(packets).toBe(30);
    expect(faults(said)).toEqual([]);
    expect(kinds(said)).toEqual(expect.arrayContaining(['ack', 'credit', 'subscribe']));
  });
});
