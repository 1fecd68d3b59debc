/** What a check came to. */
export interface CheckResult {
  readonly group: string;
  readonly name: string;
  readonly rule: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  readonly seen: string;
}

/** What a run of the kit came to. */
export interface KitReport {
  readonly server: string;
  readonly stream: string;
  readonly results: readonly CheckResult[];
}

interface Kit {
  runChecks(
    server: { url: string; token?: string; stream?: string },
    options?: { only?: readonly string[]; report?: (result: CheckResult) => void },
  ): Promise<KitReport>;
}

/** The kit is plain JavaScript outside src/, so its types are stated here. */
export async function loadKit(): Promise<Kit> {
  return (await import(new URL('../../conformance/run.mjs', import.meta.url).href)) as Kit;
}

/** Checks that came to an outcome, each with what was seen. */
export function withOutcome({ results }: KitReport, outcome: CheckResult['outcome']): Record<string, string> {
  return Object.fromEntries(results.filter((each) => each.outcome === outcome).map(({ name, seen }) => [name, seen]));
}
