// Encodes one frame on the device named and prints the features as JSON: node webgpu-child.mjs FOLDER DEVICE SIDE
import { openEncoder } from 'framenest';

const [, , folder, device, side] = process.argv;
const encoder = await openEncoder(folder, { device });
const rgb = new Uint8Array(side ** 2 * 3).map((_, i) => (i * 7) % 256);
const { data } = await encoder.encode(rgb);
process.stdout.write(JSON.stringify({ device: encoder.device, features: [...data] }));
await encoder.dispose();
