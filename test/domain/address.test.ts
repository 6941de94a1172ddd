import { expect, test } from 'vitest';
import { normalAddress } from '../../lambdas/domain/address.ts';

test.each([
  ['ana@reader.example', 'ana@reader.example'],
  [' Ana@Reader.Example\u00a0', 'Ana@reader.example'],
  ['ana@münchen.example', 'ana@xn--mnchen-3ya.example'],
  ["o'brien+news@mail.reader.co.uk", "o'brien+news@mail.reader.co.uk"],
])('%s is sent to as %s', (given, normal) => {
  expect(normalAddress(given)).toBe(normal);
  expect(normalAddress(normal)).toBe(normal);
});

// Rules of RFC 5321 and 5322, and the ASCII local part that SES asks for.
test.each([
  'ana',
  '@reader.example',
  'ana@',
  'ana@example',
  '.ana@reader.example',
  'ana.@reader.example',
  'a..na@reader.example',
  'änä@reader.example',
  `${'a'.repeat(65)}@reader.example`,
  `ana@${'a'.repeat(64)}.example`,
  `ana@${'a.'.repeat(125)}example`,
  'ana@-reader.example',
  'ana@reader..example',
  'ana@reader.example#x',
  'ana@127.0.0.1',
  'ana@[127.0.0.1]',
  'a na@reader.example',
  'Ana <ana@reader.example>',
  'ana@reader.example, ben@reader.example',
  'ana@reader.example\nBcc: ben@reader.example',
  '"ana"@reader.example',
  'ana@rea%64er.example',
  7,
  null,
])('%j is nobody\'s address', (given) => {
  expect(normalAddress(given)).toBeUndefined();
});
