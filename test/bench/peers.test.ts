/** The reference models as other checkers have them: the counts are ours. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Case, cases } from '../../bench/cases.ts';
import { isSameCount, peersHere } from '../../bench/peers.ts';

test('every case has a text for each peer', () => {
  const texts = readdirSync('bench/peers');
  for (const { peer } of Object.values(cases))
    expect(texts).toEqual(expect.arrayContaining([`${peer.text}.pml`, `${peer.text}.m`]));
});

test('a count of nine digits agrees when the seven do that a peer tells', () => {
  expect([isSameCount(1.204759e8 - 1, 120_475_904), isSameCount(1.204759e8 - 1, 120_476_004)]).toEqual([true, false]);
  expect([isSameCount(99_999_999, 99_999_999), isSameCount(99_999_999, 99_999_998)]).toEqual([true, false]);
});

for (const peer of peersHere()) {
  describe(`${peer.name}, which is on the PATH, finds what is published`, () => {
    test.each([
      ['T3', 1],
      ['P4', 1],
      ['L4', 1],
      ['P4', 2],
    ])('of %s, with threads: %i', (name, threads) => {
      const { peer: what, counts } = cases[name] as Case;
      const [states, transitions] = counts as NonNullable<typeof counts>;
      expect(peer.run(what, states, threads)).toMatchObject({ states, transitions });
    });
  });
}
