import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { FramenestError } from '../errors.ts';
import { readBoundedFile } from '../log/bounded-file.ts';

/** Bytes that a certificate chain or a key may have. */
const BYTES = 1 << 20;

/** Where certificate and key lie, in PEM. */
export interface TlsFiles {
  /** The server's certificate, then those of its issuers. */
  readonly cert: string;
  /** Its private key, without a passphrase. */
  readonly key: string;
}

/** Certificate and key, read and checked. Holds a secret: never log it. */
export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** What clients will have against the certificate, for the log. */
  readonly warning?: string;
}

/**
 * Reads certificate and key, and checks that they belong together. A certificate that is not valid now is no error, since
 * the clock may be what is wrong.
 * @throws FramenestError OPTION_INVALID: a file that is missing, unreadable, too long or not in PEM; a key that has a
 * passphrase or is another certificate's
 */
export async function readTls(files: TlsFiles, nowMs = Date.now()): Promise<TlsIdentity> {
  const [cert, key] = await Promise.all([readBytes(files.cert), readBytes(files.key)]);
  const certificate = parse(files.cert, 'certificate', () => new X509Certificate(cert));
  const secret: KeyObject = parse(files.key, 'private key without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(secret)) {
    throw invalid(`The TLS key ${files.key} does not belong to the certificate ${files.cert}.`);
  }
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const within = nowMs >= from && nowMs < to;
  const warning = `The TLS certificate ${files.cert} is valid from ${certificate.validFrom} to ${certificate.validTo}: not now.`;
  return { cert, key, ...(!within && { warning }) };
}

function readBytes(path: string): Promise<Buffer> {
  return readBoundedFile(path, BYTES, (problem) => invalid(`The TLS file ${path} ${problem}.`));
}

/** What OpenSSL says may repeat bytes of a key: it is left out. */
function parse<T>(path: string, what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw invalid(`The TLS file ${path} holds no ${what} in PEM.`);
  }
}

function invalid(what: string): FramenestError {
  const mend = 'Give the certificate chain as --tls-cert (listen.tls.cert) and its key as --tls-key (listen.tls.key).';
  return new FramenestError('OPTION_INVALID', { what, mend });
}
