import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { toolOrSkip } from './require-tool.ts';

/** Whether certificates can be made here. */
export const hasOpenssl = toolOrSkip('openssl', ['version']);

/** A certificate for 127.0.0.1 and localhost that is valid for ten days, and its key: paths of files in PEM. */
export function selfSigned(): { readonly dir: string; readonly cert: string; readonly key: string } {
  const dir = mkdtempSync(join(tmpdir(), 'framenest-tls-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '10'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return { dir, cert, key };
}
