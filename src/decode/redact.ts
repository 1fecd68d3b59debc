const userInfo = /([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#@\s]*:\S*|[^/?#\s]*)@/gi;
const secretNames = 'token|key|pass|passwd|password|passphrase|pwd|secret|sig|signature|auth|credential|session';
const secretQuery = new RegExp(`([?&;#][\\w.-]*(?:${secretNames})[\\w.-]*=)[^&;#\\s]*`, 'gi');

/**
 * The input, or a text that holds inputs, without what must not be seen: the user and password of every URL and the
 * values of query fields named like a secret (`token`, `key`, `password`, …) become `***`. Where a password was left
 * unescaped it hides too much rather than too little.
 */
export function redactInput(input: string): string {
  return input.replace(userInfo, '$1***@').replace(secretQuery, '$1***');
}

/** A text of the decoder (a message, a line of its log) that may repeat `input`: one line, secrets replaced. */
export function redactText(text: string, input: string): string {
  const own = input === '' ? text : text.replaceAll(input, redactInput(input));
  return redactInput(own).replace(/\s+/g, ' ').trim();
}
