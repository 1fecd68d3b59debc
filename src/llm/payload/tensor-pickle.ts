import type { PayloadDtype, PayloadTensor } from './tensor.ts';
import { bytesPerValue } from './tensor.ts';

const storages = {
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  F32: 'FloatStorage',
  I64: 'LongStorage',
} as const satisfies Record<PayloadDtype, string>;

/** Opcodes of pickle protocol 2, as Python's `pickletools` names them. */
const op = {
  proto2: Buffer.from([0x80, 2]),
  mark: Buffer.from('('),
  tuple: Buffer.from('t'),
  emptyTuple: Buffer.from(')'),
  persistentId: Buffer.from('Q'),
  reduce: Buffer.from('R'),
  newFalse: Buffer.from([0x89]),
  stop: Buffer.from('.'),
} as const;

/**
 * The pickle inside a file of `torch.save`: a call of `torch._utils._rebuild_tensor_v2` for a contiguous tensor whose
 * values are the storage "0" of the archive. Only names that `torch.load(weights_only=True)` allows.
 */
export function tensorPickle({ dtype, shape, bytes }: PayloadTensor): Uint8Array {
  const values = bytes.length / bytesPerValue[dtype];
  const storage = tuple(text('storage'), global('torch', storages[dtype]), text('0'), text('cpu'), integer(values));
  return Buffer.concat([
    op.proto2,
    global('torch._utils', '_rebuild_tensor_v2'),
    tuple(
      Buffer.concat([storage, op.persistentId]),
      integer(0),
      tuple(...shape.map(integer)),
      tuple(...stridesOf(shape).map(integer)),
      op.newFalse,
      // Backward hooks: none.
      Buffer.concat([global('collections', 'OrderedDict'), op.emptyTuple, op.reduce]),
    ),
    op.reduce,
    op.stop,
  ]);
}

function stridesOf(shape: readonly number[]): readonly number[] {
  let stride = 1;
  return shape
    .toReversed()
    .map((size) => {
      const own = stride;
      stride *= Math.max(1, size);
      return own;
    })
    .toReversed();
}

function tuple(...items: readonly Buffer[]): Buffer {
  return Buffer.concat([op.mark, ...items, op.tuple]);
}

function global(module: string, name: string): Buffer {
  return Buffer.from(`c${module}\n${name}\n`, 'latin1');
}

function text(value: string): Buffer {
  const coded = Buffer.from(value, 'utf8');
  const head = Buffer.from('X\0\0\0\0', 'latin1');
  head.writeUInt32LE(coded.length, 1);
  return Buffer.concat([head, coded]);
}

function integer(value: number): Buffer {
  const coded = Buffer.from('J\0\0\0\0', 'latin1');
  coded.writeInt32LE(value, 1);
  return coded;
}
