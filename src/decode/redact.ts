const userInfo = /([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#@\s]*:\S*|[^/?#\s]*)@/gi;
const secretNames = 'token|key|pas|pwd|psw|secret|sig|auth|credential|session';
// Some cameras want their fields in the path: /user=admin_password=…_channel=1.
const secretQuery = new RegExp(`([?&;#/_][a-z0-9.-]*(?:${secretNames})[\\w.-]*=)[^&;#\\s]*`, 'gi');

/**
 * The input, or a text that holds inputs, without what must not be seen: the user and password of every URL and the
 * values of fields in a query or path named like a secret (`token`, `key`, `password`, …) become `***`. Where a password
 * was left unescaped it hides too much rather than too little.
 */
export function redactInput(input: string): string {
  return input.replace(userInfo, '$1***@').replace(secretQuery, '$1***');
}

/** A text of the decoder (a message, a line of its log) that may repeat `input`: one line, secrets replaced. */
export function redactText(text: string, input: string): string {
  const own = input === '' ? text : text.replaceAll(input, redactInput(input));
  return redactInput(own).replace(/\s+/g, ' ').trim();
}
