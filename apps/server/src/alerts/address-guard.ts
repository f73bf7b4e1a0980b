import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { BlockList, isIP } from 'node:net';

/** Addresses that are not of the public internet: this host, its network, the cloud it runs in, and what is no host at all. */
const notPublic = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  notPublic.addSubnet(net, bits, 'ipv4');
/** Of IPv6 only what is given out counts, without documentation, 6to4 and Teredo, which carry other addresses. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notPublic.addSubnet(net, bits, 'ipv6');

/** Whether a webhook may be sent there without an owner's word. What is no address is none. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  switch (isIP(plain)) {
    case 4:
      return !notPublic.check(plain, 'ipv4');
    case 6:
      return global6.check(plain, 'ipv6') && !notPublic.check(plain, 'ipv6');
    default:
      return false;
  }
}

/** The name of a host leads somewhere that is not public. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  constructor(readonly address: string) {
    super(`${address} is no public address, and this webhook may not be sent to others`);
  }
}

/**
 * `dns.lookup` for a socket: it hands out public addresses alone. The socket connects to what is checked here and asks nobody
 * again, so a name that answers otherwise the second time leads nowhere else. One address that is not public refuses the name.
 */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '', 0);
    const refused = addresses.find((a) => !isPublicAddress(a.address));
    if (refused) return done(new AddressRefused(refused.address), '', 0);
    const [first] = addresses;
    if (options.all) return (done as unknown as (e: null, all: typeof addresses) => void)(null, addresses);
    done(null, first?.address ?? '', first?.family ?? 0);
  });
};
