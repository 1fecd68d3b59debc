import { storedZip } from './stored-zip.ts';
import { tensorPickle } from './tensor-pickle.ts';
import type { PayloadTensor } from './tensor.ts';

/**
 * Writes what `torch.save(tensor)` writes since PyTorch 1.6: a stored ZIP with the pickle and, beside it, the values.
 * `torch.load(weights_only=True)` reads it.
 * @param tensor - of fewer than 2^31 values
 * @returns the file, of our own making; equal tensors give equal bytes
 */
export function torchFile(tensor: PayloadTensor): Uint8Array {
  return storedZip([
    { name: 'archive/data.pkl', bytes: tensorPickle(tensor) },
    { name: 'archive/byteorder', bytes: Buffer.from('little') },
    { name: 'archive/data/0', bytes: tensor.bytes },
    { name: 'archive/version', bytes: Buffer.from('3\n') },
  ]);
}
