import { contains, isBlock, wholeBlockOf } from '../../lib/kubernetes/address-blocks';

test.each(['10.20.0.0/24', '10.20.0.5/32', '0.0.0.0/0', '::/0', '2001:db8::/64', '::ffff:10.0.0.1/128'])('%s is a block', (cidr) => {
  expect(isBlock(cidr)).toBe(true);
  expect(contains(cidr, cidr)).toBe(true);
});

test.each([
  '',
  '10.20.0.0',
  '10.20.0.0/33',
  '10.20.0.0/024',
  '10.20.0.256/24',
  'fe80::1%eth0/64',
  '::/129',
  'example.com/24',
  '10.20.0.0/24/1',
])('%p is none', (cidr) => {
  expect(isBlock(cidr)).toBe(false);
});

test.each([
  ['10.20.0.5/24', '10.20.0.0/24'],
  ['1.2.3.4/0', '0.0.0.0/0'],
  ['10.20.0.5/32', '10.20.0.5/32'],
  ['172.31.255.255/12', '172.16.0.0/12'],
  ['2001:db8:0:1::7/64', '2001:db8:0:1::/64'],
  ['2001:db8:0:1::/32', '2001:db8::/32'],
  ['2001:DB8:0:0::/64', '2001:DB8:0:0::/64'],
])('%s is in %s', (cidr, whole) => {
  expect(wholeBlockOf(cidr)).toBe(whole);
});

test.each([
  ['0.0.0.0/0', '10.0.0.0/8', true],
  ['128.0.0.0/1', '169.254.169.254/32', true],
  ['128.0.0.0/1', '10.0.0.0/8', false],
  ['10.20.0.0/24', '10.20.1.0/24', false],
  ['10.20.0.0/24', '10.0.0.0/8', false],
  ['::/0', '10.0.0.0/8', false],
  ['fc00::/7', 'fd12::/16', true],
  ['fe80::/10', 'fec0::/10', false],
])('whether %s has all of %s: %s', (cidr, other, whether) => {
  expect(contains(cidr, other)).toBe(whether);
});
