// The trained network comes from npm: it lies inside a pack of files that the package's own loader cuts apart.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const packageName = '@mediapipe/objectron';
/** Bytes of object_detection_ssd_mobilenetv2_oidv4_fp16.tflite in the pack, as the package's loader lists them. */
const range = { start: 184, end: 9_987_912 };

/** Path of the pack in node_modules. */
export function findPack() {
  return createRequire(import.meta.url).resolve(`${packageName}/objectron_solution_packed_assets.data`);
}

/** The bytes of the TFLite model in `pack`. */
export function readPackedModel(pack) {
  const bytes = readFileSync(pack);
  if (bytes.length < range.end) {
    throw new Error(`${pack} has ${bytes.length} bytes, the pack of ${packageName} has at least ${range.end}.`);
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset + range.start, range.end - range.start);
}
