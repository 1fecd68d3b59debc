import type { Packet } from '#dist/media/packet.js';
import { decodePacket } from '#dist/wire/packet-codec.js';
import { RawClient } from '../support/raw-client.ts';

/** Everything that a subscriber of stream "a" gets, from the first packet that it asks for to the stream's end. */
export async function readAll(url: string, asked: object = {}): Promise<{ client: RawClient; packets: Packet[] }> {
  const client = await RawClient.open(url);
  client.say({ type: 'subscribe', stream: 'a', from: 'start', ...asked });
  client.say({ type: 'credit', stream: 'a', packets: 1000 });
  await client.first('end');
  return { client, packets: client.packets.map((bytes) => decodePacket(bytes)) };
}
