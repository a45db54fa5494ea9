import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joined, paragraph, wrapped } from '#report';

test('lines break at spaces, else after a mark, else where they are full', () => {
  expect(wrapped('a fault may make an SPTE writable', 16)).toEqual(['a fault may make', 'an SPTE writable']);
  expect(wrapped('kvm_flush_remote_tlbs(0)', 12)).toEqual(['kvm_flush_', 'remote_', 'tlbs(0)']);
  expect(wrapped('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  expect(wrapped('ab cd ef', 5)).toEqual(['ab cd', 'ef']);
  expect(wrapped('ab cd ef', 4)).toEqual(['ab', 'cd', 'ef']);
  expect(wrapped('', 4)).toEqual(['']);
});

test('pieces stay whole where they fit', () => {
  expect(joined(['rmap[0] = 1', 'spte[0] = 2', 'x = 3'], 20)).toEqual(['rmap[0] = 1,', 'spte[0] = 2, x = 3']);
});

test('a paragraph hangs below its first line', () => {
  expect(paragraph('- ', 'one two three', 9)).toEqual(['- one two', '  three']);
});

test('no line is too long and no letter is lost', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), (text, width) => {
      const lines = wrapped(text, width);
      expect(lines.every((line) => line.length <= width)).toBe(true);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
  );
});
