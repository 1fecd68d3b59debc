// Makes the embedded encoder's model file: node scripts/convert-encoder/main.mjs [outfile]
import { resolve } from 'node:path';
import { isMade, readCard } from './encoder-card.mjs';

try {
  const { modelFile, sha256 } = readCard();
  const outFile = resolve(process.argv[2] ?? modelFile);
  if (isMade(outFile, sha256)) {
    console.log(`${outFile} is already there, SHA-256 ${sha256}.`);
  } else {
    const { makeEncoder } = await import('./make-encoder.mjs');
    const { bytes } = makeEncoder({ outFile, sha256 });
    console.log(`Wrote ${outFile}, ${bytes} bytes, SHA-256 ${sha256}.`);
  }
} catch (error) {
  const missing = /^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/.test(error.code);
  console.error(missing ? 'A package that the conversion needs is not installed. Run `npm ci`.' : error.message);
  process.exitCode = 1;
}
