/** The note that a device cannot be had. */
export function softwareInstead(wanted: string, reason: string): string {
  return `Hardware decoding with "${wanted}" cannot be had (${reason}); the processor decodes.`;
}
