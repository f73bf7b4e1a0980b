import { describe, expect, it, vi } from 'vitest';

const answers = vi.hoisted(() => ({ next: [] as { address: string; family: number }[] }));
vi.mock('node:dns', () => ({
  lookup: (_: string, __: object, done: (e: Error | null, a: typeof answers.next) => void) => done(null, answers.next),
}));
const { AddressRefused, isPublicAddress, publicLookup } = await import('../../src/alerts/address-guard.ts');

describe('where a webhook may be sent', () => {
  it.each([
    '127.0.0.1',
    '127.8.9.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '2002:7f00:1::',
    '2001:0:4136:e378::',
    '2001:db8::1',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '',
  ])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(['1.1.1.1', '172.15.0.1', '172.32.0.1', '100.128.0.1', '169.253.0.1', '2606:4700:4700::1111', '[2a00:1450::1]'])(
    '%s is',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  const look = (next: string[], options: object) => {
    answers.next = next.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    return new Promise((resolve) => publicLookup('x.test', options as never, (e, ...found) => resolve(e ?? found)));
  };
  it('a name is refused for one address that is not public, whatever its others are', async () => {
    expect(await look(['1.1.1.1', '10.0.0.1'], {})).toBeInstanceOf(AddressRefused);
    expect(await look(['169.254.169.254'], { all: true })).toBeInstanceOf(AddressRefused);
    expect(await look(['1.1.1.1', '1.0.0.1'], {})).toEqual(['1.1.1.1', 4]);
    expect(await look(['1.1.1.1', '2606:4700::1'], { all: true })).toEqual([
      [
        { address: '1.1.1.1', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ],
    ]);
  });
});
