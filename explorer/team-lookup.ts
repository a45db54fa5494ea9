/**
 * What the threads of one search do with the states they generate, written out for states of one width.
 *
 * A round has three parts. While states are expanded, what no earlier round has found becomes a candidate, a row of words, parent and slot
 * in memory of its own for each member, and takes a slot of the table by compare-and-exchange. Of two candidates for one state that one
 * keeps the slot which one thread alone would have met first: it has the parent with the lower index. Then the candidates that have
 * kept theirs are counted for each chunk. Now the index of every new state is known, and the states are put into the arena: as one
 * thread would have numbered them.
 */
import { type Batch, lookupSource, regionOf, type States } from './visited.ts';

/** Memory that all members see. */
export interface Rounds {
  /** By chunk: the member that expanded it, its candidates, from a row on and before another, and how many of them are new states. */
  readonly chunks: Int32Array;
  /** Candidates of each member: words, parent, slot. */
  readonly candidates: readonly Int32Array[];
}

/** Words of a candidate beside its state. */
export const besideState = 2;
/** Words of a chunk. */
export const chunkWords = 4;
/** The slot of a candidate whose state is that of another. */
const lost = -1;

/** The loops. */
export interface TeamLookup {
  /**
   * Appends to a member's candidates those of a batch that were not found in earlier rounds, and takes slots for them as long as there are
   * fewer than `most`. Returns how many there are then.
   */
  sift(
    states: States,
    batch: Batch,
    candidates: readonly Int32Array[],
    member: number,
    rows: number,
    most: number,
  ): number;
  /**
   * Takes slots for so many candidates of a member, whatever slots they have.
   * @throws Error when their numbers are more than the table has slots.
   */
  claim(states: States, candidates: readonly Int32Array[], member: number, rows: number): void;
  /** Counts the new states of the member's chunks, of so many. */
  count(rounds: Rounds, chunks: number, member: number): void;
  /** Puts the new states of the member's chunks, of so many, into the arena. */
  settle(states: States, rounds: Rounds, chunks: number, member: number): void;
}

/** Bits of the number of a candidate that say whose it is, among so many members. */
export function memberBits(members: number): number {
  return Math.ceil(Math.log2(members));
}

/** The loops for states of one width, of so many members. */
export function teamLookup(width: number, members: number): TeamLookup {
  const { hashOf, same, copy, next, leaveOutKnown } = lookupSource(width);
  const row = width + besideState;
  const bits = memberBits(members);
  const [parent, slot] = [width, width + 1];
  const begin = `
      const { arena, table, count } = states;
      const mask = table.length - 1, tag = ~mask, region = regionOf(table.length) - 1;
      const mine = candidates[member];`;
  /** Takes a slot for the candidate number `at` of the member, and says what happens when it has one, and when there is no need. */
  const take = (words: string, place: string, put: string, taken: string, needless: string) => `{
          // Until its index is known, an entry stands behind those of all states, by the number of the candidate.
          const entry = (hash & tag) | (count + 1 + (at << ${bits} | member));
          for (let slot = hash & mask; ; ) {
            const other = table[slot];
            if (other === 0) {
              ${put}
              mine[from + ${slot}] = slot;
              if (Atomics.compareExchange(table, slot, 0, entry) === 0) { ${taken} }
              continue;
            }
            if (((other ^ hash) & tag) === 0) {
              const index = (other & mask) - 1;
              if (index < count) {
                const row = index * ${width};
                if (${same('arena', 'row', words, place)}) { ${needless} }
              } else if (other === entry) { ${taken} }
              else {
                const number = index - count;
                const theirs = candidates[number & ${2 ** bits - 1}], row = (number >>> ${bits}) * ${row};
                if (${same('theirs', 'row', words, place)}) {
                  if (theirs[row + ${parent}] <= parent) { ${needless} }
                  ${put}
                  mine[from + ${slot}] = slot;
                  if (Atomics.compareExchange(table, slot, other, entry) !== other) continue;
                  theirs[row + ${slot}] = ${lost};
                  ${taken}
                }
              }
            }
            slot = ${next};
          }
        }`;
  const put = `${copy('mine', 'from', 'words', 'place')} mine[from + ${parent}] = parent;`;
  return new Function(
    'regionOf',
    `
    'use strict';
    ${leaveOutKnown}
    function sift(states, batch, candidates, member, rows, most) {
      const left = leaveOutKnown(states, batch);
      const { words, parents } = batch;
      ${begin}
      let at = rows;
      next: for (let i = 0; i < left; i++) {
        const hash = hashes[i], place = places[i] * ${width}, from = at * ${row};
        const parent = parents[places[i]];
        if (at < most) ${take('words', 'place', put, 'at++; continue next;', 'continue next;')}
        ${put}
        mine[from + ${slot}] = 0;
        at++;
      }
      return at;
    }
    function claim(states, candidates, member, rows) {
      if (states.count + rows * ${2 ** bits} >= states.table.length) throw new Error('[explorer bug] candidates have no numbers');
      ${begin}
      next: for (let at = 0, from = 0; at < rows; at++, from += ${row}) {
        const hash = ${hashOf('mine', 'from')}, parent = mine[from + ${parent}];
        ${take('mine', 'from', '', 'continue next;', `mine[from + ${slot}] = ${lost}; continue next;`)}
      }
    }
    function count({ chunks, candidates }, number, member) {
      const mine = candidates[member];
      for (let chunk = 0, at = 0; chunk < number; chunk++, at += ${chunkWords}) {
        if (chunks[at] !== member) continue;
        let n = 0;
        const end = chunks[at + 2] * ${row};
        for (let from = chunks[at + 1] * ${row}; from < end; from += ${row}) if (mine[from + ${slot}] !== ${lost}) n++;
        chunks[at + 3] = n;
      }
    }
    function settle({ arena, parents, table, count }, { chunks, candidates }, number, member) {
      const tag = ~(table.length - 1), mine = candidates[member];
      let index = count;
      for (let chunk = 0, at = 0; chunk < number; index += chunks[at + 3], chunk++, at += ${chunkWords}) {
        if (chunks[at] !== member) continue;
        let next = index;
        const end = chunks[at + 2] * ${row};
        for (let from = chunks[at + 1] * ${row}; from < end; from += ${row}) {
          const slot = mine[from + ${slot}];
          if (slot === ${lost}) continue;
          const to = next * ${width};
          ${copy('arena', 'to', 'mine', 'from')}
          parents[next] = mine[from + ${parent}];
          // What the slot has of the hash is made again: to look would be to wait for it.
          table[slot] = (${hashOf('mine', 'from')} & tag) | ++next;
        }
      }
    }
    return { sift, claim, count, settle };`,
  )(regionOf) as TeamLookup;
}
