import type { YAMLError } from 'yaml';
import { redactInput } from '../decode/redact.ts';

/**
 * What the YAML parser has against a text. Its own words, but for what they may quote of the file: that could be a part
 * of a password.
 */
export function yamlWords({ code, message }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'this key was given before';
  if (code === 'NON_STRING_KEY') return 'a key must be text';
  if (code === 'MULTIPLE_DOCS') return 'the file holds more than one document';
  if (code === 'BAD_DQ_ESCAPE') return 'not an escape sequence that a text in double quotes may have';
  const unquoted = redactInput(message).replace(/: ".*$/s, '');
  return `no YAML: ${unquoted}`;
}
