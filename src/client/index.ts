export { connect } from './client.ts';
export type { Client, SubscribeOptions, SubscriptionItem } from './client.ts';
export { FramenestError } from '../errors.ts';
export type { ErrorCode } from '../errors.ts';
export type { FrameKind, Packet, PacketFrame, PacketHeader, TokenDtype } from '../media/packet.ts';
export type { StreamFacts } from '../wire/control-message.ts';
export { dequantize } from '../wire/quantize.ts';
export { decodePacket, encodePacket } from '../wire/packet-codec.ts';
