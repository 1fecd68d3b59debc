const units = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** Bytes as people write them: a whole number, or a number with KiB, MiB, GiB or TiB: `512MiB`, `1.5 GiB`. */
export function parseSize(size: string | number): number | undefined {
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?)(?: ?([KMGT]iB))?$/.exec(String(size)) ?? [];
  if (number === undefined) return undefined;
  const bytes = Number(number) * units[unit as keyof typeof units];
  return Number.isSafeInteger(bytes) || unit !== '' ? Math.round(bytes) : undefined;
}
