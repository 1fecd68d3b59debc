import { parseConfig } from '#dist/config/parse-config.js';
import { expect } from 'vitest';
import { thrownBy } from '../support/error-code.ts';

/** The environment of the examples. */
export const env = { GATE_PASSWORD: 'hunter2', EMPTY: '' };

/** The lines of the error for a text, without the file's name. */
export function complaints(text: string): string[] {
  const error = thrownBy(() => parseConfig(text, { file: 'framenest.yaml', env }));
  expect(error.code).toBe('CONFIG_INVALID');
  return error.what.split('\n').map((line) => line.replace(/^framenest\.yaml:/, ''));
}

/** A source, the second and third line of a file. */
export const source = '  - name: gate\n    input: gate.mp4\n';

/** A file with one source that has this line as its fourth. */
export const having = (line: string): string => `sources:\n${source}    ${line}\n`;
