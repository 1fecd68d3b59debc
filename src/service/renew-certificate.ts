import type { Logger } from 'pino';
import { asFramenestError } from '../errors.ts';
import { readTls } from '../server/tls.ts';
import type { TlsFiles, TlsIdentity } from '../server/tls.ts';

/** How often the files are looked at, milliseconds. */
const EVERY_MS = 60_000;

/** What a renewal is about. */
export interface Renewal {
  readonly files: TlsFiles;
  /** Read from them at the start. */
  readonly tls: TlsIdentity;
  /** Uses it for connections that come from now on. */
  readonly renew: (tls: TlsIdentity) => void;
  readonly log: Logger;
  /** Default 60,000. */
  readonly everyMs?: number;
}

/**
 * Takes a renewed certificate over without a restart, at the latest a minute after its files were changed. Files that are
 * wrong, or half written, are told once, and the old certificate stays.
 * @returns stops looking
 */
export function renewCertificate({ files, tls, renew, log, everyMs = EVERY_MS }: Renewal): () => void {
  let current = tls;
  let told = '';
  const look = async (): Promise<void> => {
    try {
      const found = await readTls(files);
      told = '';
      if (found.cert.equals(current.cert) && found.key.equals(current.key)) return;
      renew(found);
      current = found;
      log.info({ cert: files.cert }, 'certificate renewed');
      if (found.warning) log.warn(found.warning);
    } catch (thrown) {
      const { code, what, mend } = asFramenestError(thrown);
      if (what !== told) log.error({ code, mend }, `${what} The certificate before it stays.`);
      told = what;
    }
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  return () => clearInterval(timer);
}
