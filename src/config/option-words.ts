import type { z } from 'zod';

const nouns: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  array: 'a list',
};

/** What an option should have been, from zod's issue; nothing of the value that it was. */
export function optionWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${nouns[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map(String).join(' | ')}`;
    case 'too_small':
      return `expected ${counted(issue)} ${issue.inclusive === true ? 'from' : 'above'} ${issue.minimum}`;
    case 'too_big':
      return `expected ${counted(issue)} ${issue.inclusive === true ? 'up to' : 'below'} ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function counted({ origin }: { readonly origin: string }): string {
  return origin === 'array' ? 'a list with a length' : (nouns[origin] ?? 'a value');
}
