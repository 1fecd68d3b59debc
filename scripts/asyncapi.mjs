// `npm run asyncapi`: writes docs/asyncapi.yaml, the protocol for machines, from the schemas that the server itself uses.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { z } from 'zod';
import { isMain, reportFailure } from './steps.mjs';

const file = fileURLToPath(new URL('../docs/asyncapi.yaml', import.meta.url));

const fromClient = {
  subscribe: 'Follow a stream, from a place in it, in the scale, layout and number format asked for.',
  credit: 'Take so many packets, bytes or tokens more. Nothing is sent without credit.',
  ack: 'Everything up to this sequence has arrived.',
  unsubscribe: 'No more of a stream. Packets on their way may still arrive.',
  listen: 'From now on, events and states of these streams, or of all.',
  unlisten: 'No more events, nor states of streams that are not subscribed to.',
  ping: 'Asks for a pong.',
};

const fromServer = {
  welcome: 'The first message: what is on offer, and the limits.',
  streams: 'The streams as they are from now on: one was added, changed or removed.',
  listening: 'Answer to listen: the events that follow belong to it, and where each stream stands comes next.',
  event: 'Something happened in a stream.',
  state: 'Where the source of a stream stands now, to who listens to it or is subscribed.',
  subscribed: 'Answer to subscribe: the sequence that comes next, and the scales that may come.',
  gap: 'Packets that will never come, exactly which.',
  demoted: 'From now on no frame has more tokens than this: the subscriber has fallen behind, or has caught up.',
  acked: 'Everything up to this sequence is on the disk of the server.',
  end: 'The stream is over; totals of the stream.',
  goaway: 'The server stops; connect again later.',
  error: 'Something was refused or failed. With a stream it concerns that one; without, the socket closes.',
  pong: 'Answer to ping.',
};

const packet = {
  name: 'packet',
  title: 'packet',
  contentType: 'application/vnd.safetensors',
  summary: 'One frame as tokens: a binary WebSocket message, one safetensors file.',
  description: `Eight bytes of header length (little-endian), a JSON header padded with spaces to a multiple of 8, then the
tensors without gaps. Tensors: \`tokens\` (F16, BF16, F32 or I8; [T, C]; [T, 0] where no values were asked for),
\`token_scale\` (F32 [T], with I8 only), \`cu_seqlens\` (I32 [n+1]), \`pts\` (I64 [n]), \`kind\` (U8 [n]), \`scale\` (I32 [n]),
\`position\` (I32 [T], absent in the uniform layout), \`change\` (F32 [n]), \`dropped_before\` (I32 [n]). Metadata, all
strings: \`protocol\`, \`stream\`, \`sequence\`, \`timebase\`, \`encoder\`, \`stage\`, \`epoch\`, and \`wallclock_us\` of live sources.`,
  payload: { type: 'string', format: 'binary' },
};

/** A control message's JSON Schema, draft 7, as it may be written: what has a default may be left out. */
function payloadOf(schema, name) {
  const payload = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  delete payload.$schema;
  // A refinement of the schema, which JSON Schema generators cannot see.
  if (name !== 'credit') return payload;
  return { ...payload, anyOf: ['packets', 'bytes', 'tokens'].map((amount) => ({ required: [amount] })) };
}

/** The messages of one direction; a type without words, or words without a type, is an error. */
function messagesOf(union, summaries) {
  const entries = union.options.map((schema) => [schema.shape.type.value, schema]);
  const types = entries.map(([type]) => type).sort();
  const worded = Object.keys(summaries).sort();
  if (types.join() !== worded.join()) throw new Error(`Messages ${types.join()}; summaries of ${worded.join()}.`);
  return Object.fromEntries(
    entries.map(([name, schema]) => [
      name,
      {
        name,
        title: name,
        contentType: 'application/json',
        summary: summaries[name],
        payload: payloadOf(schema, name),
      },
    ]),
  );
}

const channel = '#/channels/session';
const refs = (names, base) => names.map((name) => ({ $ref: `${base}/${name}` }));

/** The AsyncAPI 3.0 document, as a plain object. */
async function asyncapiDocument() {
  const { clientMessage, serverMessage, CONTROL_BYTES, ANSWER_BYTES } = await import('#dist/wire/control-message.js');
  const { PROTOCOL } = await import('#dist/wire/packet-codec.js');
  const { errorCodes } = await import('#dist/errors.js');
  const said = messagesOf(clientMessage, fromClient);
  const answered = { ...messagesOf(serverMessage, fromServer), packet };
  const messages = { ...said, ...answered };
  const names = Object.keys(messages);
  return {
    asyncapi: '3.0.0',
    info: {
      title: PROTOCOL,
      version: '1.0.0',
      description: 'A live stream of nested visual tokens over WebSocket. docs/protocol.md tells the rules in words.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      local: { host: '127.0.0.1:8787', protocol: 'ws', security: [{ $ref: '#/components/securitySchemes/bearer' }] },
    },
    channels: {
      session: {
        address: '/',
        title: 'One session: one socket',
        description: `Subprotocol ${PROTOCOL}, without compression. Control messages are JSON text frames, at most ${CONTROL_BYTES} bytes to the server and ${ANSWER_BYTES} to the client; packets are binary frames, to the client only. Unknown fields are ignored.`,
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: PROTOCOL } },
              required: ['Sec-WebSocket-Protocol'],
            },
          },
        },
        messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
      },
    },
    operations: {
      hear: operation('receive', 'What a client says.', Object.keys(said)),
      tell: operation('send', 'What the server answers, and the packets.', Object.keys(answered)),
    },
    components: {
      messages,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'Where the server has tokens: `Authorization: Bearer TOKEN` in the upgrade request.',
        },
      },
    },
    'x-close-codes': Object.fromEntries(
      Object.entries(errorCodes).map(([code, { closeCode, retryable }]) => [code, { status: closeCode, retryable }]),
    ),
  };
}

/** Seen from the server, as AsyncAPI has it: it receives what a client says. */
function operation(action, summary, names) {
  return { action, summary, channel: { $ref: channel }, messages: refs(names, `${channel}/messages`) };
}

/** The text of docs/asyncapi.yaml. */
export async function asyncapiText() {
  const text = stringify(await asyncapiDocument(), { aliasDuplicateObjects: false, lineWidth: 120 });
  const head = '# Made by `npm run asyncapi` from src/wire/control-message.ts and src/errors.ts: change those.\n';
  return format(head + text, { ...(await resolveConfig(file)), parser: 'yaml' });
}

if (isMain(import.meta.url)) await reportFailure(async () => writeFileSync(file, await asyncapiText()));
