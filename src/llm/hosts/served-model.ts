import { FramenestError } from '../../errors.ts';
import { AnswerWatch } from './answer-watch.ts';
import { chatClient, loadOpenAi } from './chat-client.ts';
import type { HostAddress } from './host-address.ts';
import { brokenAnswer, hostError, hostWords } from './host-error.ts';
import { retrying } from './retrying.ts';

/** A model that a host serves. */
export interface ServedModel {
  /** Its name at the host. */
  readonly name: string;
  /** What it was made from, where the host says so: a repository, or a folder. */
  readonly root: string | undefined;
  /** Tokens; undefined where the host does not say. */
  readonly contextTokens: number | undefined;
}

/** Some services list thousands. */
const mostBytes = 8_388_608;

/**
 * Asks a host by `GET /models` what it serves. Tried again where that may help: a host that loads its model refuses
 * connections until then.
 * @param wanted - the model to find; the first that the host lists where absent
 * @throws FramenestError HOST_REFUSED naming the models that there are; HOST_UNREACHABLE, HOST_BUSY, HOST_FAILED
 */
export async function servedModel(host: HostAddress, wanted: string | undefined): Promise<ServedModel> {
  const models = await retrying(() => list(host), {
    attempts: host.attempts,
    toError: (thrown) => hostError(thrown, host),
  });
  const found = wanted === undefined ? models[0] : models.find(({ name }) => name === wanted);
  if (found) return found;
  const names = models.map(({ name }) => `"${name}"`).join(', ') || 'none';
  throw new FramenestError('HOST_REFUSED', {
    what: `${host.name} does not serve ${wanted === undefined ? 'any model' : `"${wanted}"`}. It serves: ${hostWords(names)}.`,
    mend: 'Name one of these as the model, or none for the first.',
  });
}

async function list(host: HostAddress): Promise<readonly ServedModel[]> {
  const Client = await loadOpenAi();
  const watch = new AnswerWatch(host, { bytes: mostBytes });
  try {
    const page: unknown = await chatClient(Client, host, watch).models.list({ signal: watch.signal });
    const { object, data } = page as { object?: unknown; data?: unknown };
    // Of an answer that is no list the package makes an empty one.
    if (object !== 'list' || !Array.isArray(data)) throw brokenAnswer(host, 'it is no list of models');
    return data.flatMap(readModel);
  } catch (thrown) {
    throw watch.problem ?? hostError(thrown, host);
  } finally {
    watch.stop();
  }
}

function readModel(entry: unknown): readonly ServedModel[] {
  const { id, root, max_model_len: length } = (entry ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string') return [];
  return [
    {
      name: id,
      root: typeof root === 'string' ? root : undefined,
      contextTokens: typeof length === 'number' && length > 0 ? length : undefined,
    },
  ];
}
