import { crc32 } from 'node:zlib';

/** A file inside an archive. */
export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What PyTorch's own writer keeps to, so that values can be mapped into memory where they lie. */
const alignment = 64;
const localLength = 30;
const centralLength = 46;
/** Field of a header that only pads; PyTorch's writer uses the same two letters ("FB"). */
const paddingField = 0x4246;
/** 1980-01-01: equal tensors give equal bytes. */
const date = 0x21;

/**
 * A ZIP archive whose files are stored as they are (APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16), each beginning
 * at a multiple of 64 bytes.
 * @param entries - of less than 4 GiB together, 65,535 at most: there is no ZIP64
 */
export function storedZip(entries: readonly ZipEntry[]): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const fields = common(name, bytes);
    const padding = paddingFor(offset + localLength + name.length);
    const local = Buffer.alloc(localLength + name.length + padding);
    local.writeUInt32LE(0x04034b50, 0);
    local.set(fields, 4);
    local.writeUInt16LE(padding, 28);
    local.write(name, localLength, 'latin1');
    local.writeUInt16LE(paddingField, localLength + name.length);
    local.writeUInt16LE(padding - 4, localLength + name.length + 2);
    directory.push(centralHeader(name, fields, offset));
    files.push(local, bytes);
    offset += local.length + bytes.length;
  }
  return Buffer.concat([...files, ...directory, endOf(directory, offset)]);
}

/** At least 4, as a field has a head of its own. */
function paddingFor(position: number): number {
  return alignment - ((position + 4) % alignment) + 4;
}

/** What both headers have in common, from the version needed to the length of the name. */
function common(name: string, bytes: Uint8Array): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(date, 8);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(bytes.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function centralHeader(name: string, fields: Buffer, offset: number): Buffer {
  const header = Buffer.alloc(centralLength + name.length);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(20, 4);
  header.set(fields, 6);
  header.writeUInt32LE(offset, 42);
  header.write(name, centralLength, 'latin1');
  return header;
}

function endOf(directory: readonly Uint8Array[], offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return end;
}
