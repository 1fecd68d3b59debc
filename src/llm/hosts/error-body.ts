/**
 * Rewrites the body of a response that is an error as OpenAI's services write it, `{"error": {"message"}}`, so that the
 * words of others are not lost: older vLLM has `{"object": "error", "message"}`, FastAPI `{"detail"}`, proxies a page.
 * @param said - the body as it came
 */
export function plainErrorBody(said: string): string {
  return JSON.stringify({ error: { message: wordsIn(said) } });
}

function wordsIn(said: string): string {
  const parsed = parse(said);
  for (const value of [field(field(parsed, 'error'), 'message'), field(parsed, 'message'), field(parsed, 'error')]) {
    if (typeof value === 'string') return value;
  }
  const detail = field(parsed, 'detail');
  if (detail === undefined) return said;
  return typeof detail === 'string' ? detail : JSON.stringify(detail);
}

function parse(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined;
}
