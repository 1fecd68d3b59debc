import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FramenestError, asFramenestError } from '../errors.ts';
import { outputFailed, writeAtomic } from '../log/atomic-file.ts';
import type { Packet } from '../media/packet.ts';
import { mergePackets } from '../wire/merge-packets.ts';
import { PROTOCOL, encodePacket } from '../wire/packet-codec.ts';
import { MANIFEST, readManifest } from './manifest.ts';
import type { Manifest, ManifestPart } from './manifest.ts';

/** When a part is full, whichever comes first: what is lost where a process is killed, and what is held in memory. */
interface PartLimits {
  readonly frames: number;
  /** Of tokens. */
  readonly bytes: number;
}

const PART: PartLimits = { frames: 1024, bytes: 16 << 20 };

const PART_NAME = /^part-\d{5,}\.safetensors(\.tmp)?$/;

/** Writes packets to `DIR/part-00000.safetensors …`, and `DIR/manifest.json` after each part. */
export class PartWriter {
  readonly #directory: string;
  readonly #limits: PartLimits;
  #manifest: Manifest;
  #packets: Packet[] = [];
  #bytes = 0;
  /** The last call, done or not: calls are carried out one after another, however they come. */
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, manifest: Manifest, limits: PartLimits) {
    this.#directory = directory;
    this.#manifest = manifest;
    this.#limits = limits;
  }

  /**
   * Makes the folder; replaces the output of an earlier run in it.
   * @param facts - what the manifest says of the run
   * @throws FramenestError OUTPUT_FAILED, also where part files lie there that no manifest of ours names
   */
  static async open(
    directory: string,
    facts: Omit<Manifest, 'format' | 'complete' | 'frames' | 'tokens' | 'parts' | 'error'>,
    limits = PART,
  ): Promise<PartWriter> {
    const empty = { complete: false, frames: 0, tokens: 0, parts: [] };
    const writer = new PartWriter(directory, { format: PROTOCOL, ...facts, ...empty }, limits);
    const stale = await findStale(directory);
    // First: a manifest must never name parts that are gone.
    await writer.#writeManifest();
    await removeAll(directory, stale);
    return writer;
  }

  /** Adds a packet; writes a part where one is full. The packet's buffers may be kept until then. */
  add(packet: Packet): Promise<void> {
    return this.#after(async () => {
      this.#packets.push(packet);
      this.#bytes += packet.tokens.byteLength;
      const { frames, bytes } = this.#limits;
      if (this.#packets.length >= frames || this.#bytes >= bytes) await this.#writePart();
    });
  }

  /**
   * Writes what is left. With an error the manifest says that the run was cut off, and why. Waits for an `add` that is
   * still writing.
   */
  finish(error?: unknown): Promise<Manifest> {
    return this.#after(async () => {
      const failure = error === undefined ? undefined : asFramenestError(error);
      if (this.#packets.length > 0) {
        await this.#writePart().catch((thrown: unknown) => {
          // What cut the run off is what the manifest must tell.
          if (!failure) throw thrown;
        });
      }
      this.#manifest = {
        ...this.#manifest,
        complete: failure === undefined,
        ...(failure && { error: { code: failure.code, message: failure.what } }),
      };
      await this.#writeManifest();
      return this.#manifest;
    });
  }

  #after<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => undefined);
    return done;
  }

  async #writePart(): Promise<void> {
    const number = this.#manifest.parts.length;
    const packet = mergePackets(this.#packets, number);
    const message = encodePacket(packet);
    const file = `part-${String(number).padStart(5, '0')}.safetensors`;
    await writeAtomic(join(this.#directory, file), message);
    const part = describePart(file, packet, message);
    this.#packets = [];
    this.#bytes = 0;
    this.#manifest = {
      ...this.#manifest,
      frames: this.#manifest.frames + part.frames,
      tokens: this.#manifest.tokens + part.tokens,
      parts: [...this.#manifest.parts, part],
    };
    await this.#writeManifest();
  }

  #writeManifest(): Promise<void> {
    return writeAtomic(join(this.#directory, MANIFEST), `${JSON.stringify(this.#manifest, undefined, 2)}\n`);
  }
}

function describePart(file: string, { frames }: Packet, message: Uint8Array): ManifestPart {
  return {
    file,
    bytes: message.byteLength,
    sha256: createHash('sha256').update(message).digest('hex'),
    frames: frames.length,
    tokens: frames.reduce((sum, frame) => sum + frame.tokens, 0),
    firstPts: String(frames[0]?.pts ?? 0n),
    lastPts: String(frames.at(-1)?.pts ?? 0n),
  };
}

/** An earlier run's parts, to be removed: those beyond the new run's last would otherwise pass for its own. */
async function findStale(directory: string): Promise<string[]> {
  let stale: string[];
  try {
    await mkdir(directory, { recursive: true });
    stale = (await readdir(directory)).filter((name) => PART_NAME.test(name));
  } catch (cause) {
    throw outputFailed(directory, cause);
  }
  if (stale.length === 0) return stale;
  await readManifest(directory).catch((cause: unknown) => {
    throw new FramenestError('OUTPUT_FAILED', {
      what: `${directory} holds ${stale.length} part files and no readable manifest.`,
      mend: 'Choose another --out, or remove them.',
      cause,
    });
  });
  return stale;
}

async function removeAll(directory: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true }))).catch((cause: unknown) => {
    throw outputFailed(directory, cause);
  });
}
