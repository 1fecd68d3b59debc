import { readFileSync } from 'node:fs';

/** The part of the WebAssembly interface that is used here; the type library of Node has none of it. */
interface WebAssemblyApi {
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** A kernel and the memory that it works in. */
export interface LoadedKernel {
  /** Its functions, by name. */
  readonly exports: object;
  /** Whole pages of 64 KiB, zeros at first, of a size that never changes. Yours to read and write. */
  readonly buffer: ArrayBuffer;
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
const PAGE_BYTES = 65_536;

/** By address; each is compiled once. */
const compiled = new Map<string, object>();

/**
 * Loads a kernel that scripts/build.mjs compiled from `kernels/`, with a memory of its own.
 * @param file - the compiled kernel
 * @param bytes - that it needs at least
 */
export function loadKernel(file: URL, bytes: number): LoadedKernel {
  const module = compiled.get(file.href) ?? new WebAssembly.Module(readFileSync(file));
  compiled.set(file.href, module);
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { exports, buffer: memory.buffer };
}
