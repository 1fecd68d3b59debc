import { isIPv4, isIPv6 } from 'node:net';
import { isLoopback } from './origin.ts';

/**
 * What connections are counted by: the address, in IPv6 its /64, which is what one household gets. Loopback is no one's in
 * particular: everybody behind a proxy comes from there.
 * @returns undefined for this machine
 */
export function clientOf(address: string | undefined): string | undefined {
  const bare = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (isLoopback(bare)) return undefined;
  if (isIPv4(bare) || !isIPv6(bare)) return bare;
  const [head = '', tail] = bare.split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const whole = [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail)];
  return `${whole
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
