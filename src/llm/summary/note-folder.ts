import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { FramenestError } from '../../errors.ts';
import { writeAtomic } from '../../log/atomic-file.ts';
import { readBoundedFile } from '../../log/bounded-file.ts';
import { lockFolder } from '../../log/folder-lock.ts';
import type { FolderLock } from '../../log/folder-lock.ts';
import { noteSchema } from './note.ts';
import type { Note } from './note.ts';

/** Bytes of a note's file at most; its text is a megabyte at most, in any letters. */
const BYTES = 8 << 20;

const partsSchema = z.object({ parts: z.int().nonnegative() });

/** Everything that notes depend on, as JSON has it. */
export type SummaryIdentity = Readonly<Record<string, string | number | boolean | null>>;

/**
 * The notes of one summary, a file each, so that a run that was ended goes on where it was: `note-LEVEL-NUMBER.json`, level 0
 * about the video, the others about notes of the level below. `job.json` says what they are of.
 */
export class NoteFolder {
  readonly #dir: string;
  readonly #lock: FolderLock;

  private constructor(dir: string, lock: FolderLock) {
    this.#dir = dir;
    this.#lock = lock;
  }

  /**
   * Makes the folder, or goes on with one that was made for the same. It is this process's own until it is closed.
   * @throws FramenestError OUTPUT_IN_USE; OUTPUT_FAILED where it holds another summary, or cannot be written
   */
  static async open(dir: string, identity: SummaryIdentity): Promise<NoteFolder> {
    const lock = await lockFolder(dir, 'output');
    try {
      await claim(dir, identity);
      return new NoteFolder(dir, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Lets the folder go; its notes stay. */
  close(): void {
    this.#lock.release();
  }

  /**
   * A note that was finished before; undefined where it was not, or its file is damaged.
   * @param level - 0: about the video
   */
  async get(level: number, number: number): Promise<Note | undefined> {
    const refuse = (problem: string): Error => new Error(problem);
    const bytes = await readBoundedFile(this.#path(level, number), BYTES, refuse).catch(() => undefined);
    const result = noteSchema.safeParse(bytes && parsed(bytes.toString('utf8')));
    return result.success ? result.data : undefined;
  }

  /** @throws FramenestError OUTPUT_FAILED */
  put(level: number, number: number, note: Note): Promise<void> {
    return writeAtomic(this.#path(level, number), `${JSON.stringify(note, undefined, 2)}\n`);
  }

  /** How many parts the video has; undefined until all of them were seen. */
  async parts(): Promise<number | undefined> {
    const text = await readFile(join(this.#dir, 'parts.json'), 'utf8').catch(() => '');
    const result = partsSchema.safeParse(parsed(text));
    return result.success ? result.data.parts : undefined;
  }

  /**
   * The video has ended after so many parts.
   * @throws FramenestError OUTPUT_FAILED
   */
  end(parts: number): Promise<void> {
    return writeAtomic(join(this.#dir, 'parts.json'), `${JSON.stringify({ parts })}\n`);
  }

  #path(level: number, number: number): string {
    return join(this.#dir, `note-${level}-${String(number).padStart(5, '0')}.json`);
  }
}

/** Says whose notes these are, or sees that they are of the same summary. */
async function claim(dir: string, identity: SummaryIdentity): Promise<void> {
  const path = join(dir, 'job.json');
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === undefined) await writeAtomic(path, `${JSON.stringify(identity, undefined, 2)}\n`);
  else if (!isDeepStrictEqual(parsed(before), identity)) throw ofAnother(dir, parsed(before), identity);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ofAnother(dir: string, before: unknown, now: SummaryIdentity): FramenestError {
  const old = typeof before === 'object' && before !== null ? (before as SummaryIdentity) : {};
  const differ = Object.keys({ ...old, ...now }).filter((key) => old[key] !== now[key]);
  return new FramenestError('OUTPUT_FAILED', {
    what: `The folder ${dir} holds a summary of something else: other ${differ.slice(0, 8).join(', ') || 'contents'}.`,
    mend: 'Choose another --out, or remove that folder.',
  });
}
