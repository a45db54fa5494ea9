/** States told apart by numbers made of them: two of 32 bits, whatever a state's size. */

/** The multipliers and the beginning of each number: those of one are not those of the other. */
const mixes = [
  { begin: 0x3c6ef372, one: 0xcc9e2d51, other: 0x1b873593, step: 0xe6546b64, first: 0x85ebca6b, second: 0xc2b2ae35 },
  { begin: 0x5be0cd19, one: 0x239b961b, other: 0xab0e9789, step: 0x561ccd1b, first: 0x7feb352d, second: 0x846ca68b },
] as const;

/** Writes the two numbers of a state of so many words, which starts at a place of an array. */
export type Fingerprint = (words: Int32Array, at: number, into: Int32Array, to: number) => void;

/** The fingerprint of states of one width: with another seed, which is a whole number of 32 bits, both numbers are others. */
export function fingerprintOf(width: number, seed = 0): Fingerprint {
  const lane = (i: 0 | 1): string => {
    const { begin, one, other, step, first, second } = mixes[i];
    const each = Array.from({ length: width }, (_, word) => {
      return `k = Math.imul(words[at + ${word}], ${one}); k = Math.imul(k << 15 | k >>> 17, ${other}); h ^= k; h = Math.imul(h << 13 | h >>> 19, 5) + ${step} | 0;`;
    });
    return `h = ${begin} ^ ${width} ^ ${Math.imul(seed, one)}; ${each.join(' ')}
      h = Math.imul(h ^ h >>> 16, ${first}); h = Math.imul(h ^ h >>> 13, ${second}); into[to + ${i}] = h ^ h >>> 16;`;
  };
  const source = `return function (words, at, into, to) { 'use strict'; let h = 0, k = 0; ${lane(0)} ${lane(1)} };`;
  return new Function(source)() as Fingerprint;
}

/** The chance that one state of so many was taken for another, when so many were generated: as TLC reckons it, for 64 bits. */
export function oddsOf(states: number, generated: number): number {
  return (states * (generated - states)) / 2 ** 64;
}
