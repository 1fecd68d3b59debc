// What the encoder's card says of its model file. Node built-ins only: this runs before any package is installed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The card of the embedded encoder. */
const cardFile = fileURLToPath(new URL('../../encoders/mobilenet-v2/framenest.json', import.meta.url));

/** @returns {{modelFile: string, sha256: string}} absolute path of the model beside the card, and its digest in hex */
export function readCard() {
  const { file, sha256 } = JSON.parse(readFileSync(cardFile, 'utf8'));
  return { modelFile: join(dirname(cardFile), file), sha256 };
}

/** SHA-256 in hex of `bytes`. */
export function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Whether `file` exists with the digest `sha256`. */
export function isMade(file, sha256) {
  return existsSync(file) && digest(readFileSync(file)) === sha256;
}
