/** One sample line of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape says. */
export interface Exposition {
  readonly samples: readonly Sample[];
  /** Types by metric family. */
  readonly types: ReadonlyMap<string, string>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
/** What Go's ParseFloat reads, in whichever case: the format says so. */
const VALUE = '[-+]?(?:[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]+)?|[Ii]nf|[Nn][Aa][Nn])';
const help = new RegExp(`^# HELP (${NAME}) .*$`);
const type = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const sample = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*,?)?\\})? (${VALUE})(?: -?[0-9]+)?$`);

/**
 * Reads a scrape line by line by the grammar of the text format 0.0.4; throws at the first line that is not of it, at
 * a sample without a family, and at a family that is told of twice.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split('\n').filter((each) => each !== '' && !help.test(each))) {
    const [, family = '', kind = ''] = type.exec(line) ?? [];
    if (family !== '') {
      if (types.has(family)) throw new Error(`Told of twice: ${family}`);
      types.set(family, kind);
      continue;
    }
    const [, name = '', labels = '', value = ''] = sample.exec(line) ?? [];
    if (name === '') throw new Error(`No line of the format: ${line}`);
    if (!types.has(familyOf(name, types))) throw new Error(`Of no family: ${line}`);
    samples.push({ name, labels: labelsOf(labels), value: Number(value.replace(/inf/i, 'Infinity')) });
  }
  return { samples, types };
}

/** A histogram's samples have endings of their own. */
function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  const stem = name.replace(/_(bucket|sum|count)$/, '');
  return types.get(stem) === 'histogram' || types.get(stem) === 'summary' ? stem : name;
}

function labelsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(new RegExp(`(${LABEL.split('=')[0]})="((?:[^"\\\\]|\\\\.)*)"`, 'g'))];
  const plain = (value: string): string => value.replace(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each));
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, plain(value)]));
}
