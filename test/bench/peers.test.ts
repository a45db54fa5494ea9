/** The reference models as other checkers have them: the counts are ours. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Case, cases } from '../../bench/cases.ts';
import { peersHere } from '../../bench/peers.ts';

test('every case has a text for each peer', () => {
  const texts = readdirSync('bench/peers');
  for (const { peer } of Object.values(cases))
    expect(texts).toEqual(expect.arrayContaining([`${peer.text}.pml`, `${peer.text}.m`]));
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
