import { FramenestError } from '../../errors.ts';
import type { PayloadDtype, PayloadTensor } from './tensor.ts';

const descriptions = { F16: '<f2', F32: '<f4', I64: '<i8' } as const satisfies Partial<Record<PayloadDtype, string>>;

/** The header, its own length included, is padded to a multiple of so many bytes. */
const alignment = 64;
/** Magic, version and the length of the rest. */
const prelude = 10;

/**
 * Writes NumPy's `.npy`, format 1.0 (numpy.lib.format): what `np.load` reads.
 * @returns the file, of our own making
 * @throws FramenestError OPTION_INVALID for BF16, which NumPy does not have
 */
export function npyFile({ dtype, shape, bytes }: PayloadTensor): Uint8Array {
  if (dtype === 'BF16') {
    throw new FramenestError('OPTION_INVALID', {
      what: 'The payload "npy" has no BF16.',
      mend: 'Take F16 or F32, or the payload "torch".',
    });
  }
  // A tuple of one has a comma of its own in Python.
  const sizes = shape.length === 1 ? `${shape.join()},` : shape.join(', ');
  const text = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const padded = text.padEnd(Math.ceil((prelude + text.length + 1) / alignment) * alignment - prelude - 1) + '\n';
  const head = Buffer.alloc(prelude);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), bytes]);
}
