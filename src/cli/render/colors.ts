import picocolors from 'picocolors';

/** Colours for standard output: none where it is no terminal, whatever standard error is. */
export const outColors = picocolors.createColors(wantsColors(process.stdout));

/** Colours for standard error. */
export const errColors = picocolors.createColors(wantsColors(process.stderr));

/** See no-color.org; FORCE_COLOR is its opposite. */
function wantsColors(stream: { readonly isTTY?: boolean }): boolean {
  const { env } = process;
  if (env['NO_COLOR']) return false;
  return Boolean(env['FORCE_COLOR']) || (stream.isTTY === true && env['TERM'] !== 'dumb');
}
