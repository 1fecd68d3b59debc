import type { Logger } from 'pino';
import type { SourceStatus } from '../media/source-status.ts';
import type { TokenStream } from './token-stream.ts';

/** Writes a line for each change of a stream's source, and one for its end. */
export function logStream(stream: TokenStream, log: Logger): void {
  stream.camera?.statuses.subscribe((status) => logStatus(stream, status, log));
  void logEnd(stream, log);
}

function logStatus({ name, camera }: TokenStream, status: SourceStatus, log: Logger): void {
  const { state, epoch, failures, reason = { code: undefined, what: '' }, retryAtMs = Date.now() } = status;
  const about = { stream: name, state, epoch };
  switch (state) {
    case 'live': {
      const { pid: decoderPid, ...facts } = camera?.source?.facts ?? {};
      return log.info({ ...about, ...facts, decoderPid }, 'source live');
    }
    case 'stalled':
      return log.warn(about, 'source stalled: no frame comes');
    case 'backing-off': {
      const retryInS = Math.round((retryAtMs - Date.now()) / 100) / 10;
      return log.warn({ ...about, failures, code: reason.code, retryInS }, `source lost: ${reason.what}`);
    }
    default:
      return log.debug(about, `source ${state}`);
  }
}

async function logEnd(stream: TokenStream, log: Logger): Promise<void> {
  await stream.whenEnded();
  const { name, totals, error } = stream;
  const about = { stream: name, ...totals };
  if (!error) log.info(about, 'stream ended');
  else if (error.code === 'ABORTED') log.info(about, 'stream stopped');
  else log.error({ ...about, code: error.code, mend: error.mend }, error.what);
}
