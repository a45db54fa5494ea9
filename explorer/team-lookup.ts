/**
 * What the threads of one search do with the states they generate, written out for states of one width.
 *
 * A round has three parts. While states are expanded the table is only read: what no earlier round has found becomes a candidate, a row
 * of words, parent and hash in memory of its own for each member. Then each member claims, in the order in which one thread alone would
 * have met them, the new ones among all candidates whose hashes fall into its part of the table. Now the index of every new state is
 * known, and the states are put into the arena: as one thread would have numbered them.
 */
import { type Batch, batchSize, lookupSource, regionOf, type States } from './visited.ts';

/** Memory that all members see. */
export interface Rounds {
  /** By chunk: the member that expanded it, and its candidates, from a row on and before another. */
  readonly chunks: Int32Array;
  /** Candidates of each member: words, parent, hash. */
  readonly candidates: readonly Int32Array[];
  /** What each member claims: the row of the candidate, its slot, and whose candidate it is. */
  readonly claimed: readonly Int32Array[];
  /** Of each member: by chunk, how much it had claimed before it. */
  readonly claimedAt: readonly Int32Array[];
}

/** Words of a candidate beside its state. */
export const besideState = 2;
/** Words of a claim. */
export const claimWords = 3;
/** Words of a chunk. */
export const chunkWords = 3;

/** The loops. */
export interface TeamLookup {
  /** Appends to the candidates those of a batch that were not found in earlier rounds. Returns how many rows there are then. */
  sift(states: States, batch: Batch, candidates: Int32Array, rows: number): number;
  /** Claims what is new among the candidates of so many chunks, in slots from one on and before another. */
  claim(states: States, rounds: Rounds, chunks: number, member: number, from: number, to: number): void;
  /** Puts the new states of the member's chunks into the arena, of claims by so many members. */
  settle(states: States, rounds: Rounds, chunks: number, member: number, members: number): void;
}

/** The loops for states of one width. */
export function teamLookup(width: number): TeamLookup {
  const { same, copy, next, probe, leaveOutKnown } = lookupSource(width);
  const row = width + besideState;
  return new Function(
    'regionOf',
    `
    'use strict';
    ${leaveOutKnown}
    let settled = new Int32Array(${batchSize});
    function sift(states, batch, candidates, rows) {
      const left = leaveOutKnown(states, batch);
      const { arena, table } = states;
      const { words, parents } = batch;
      const mask = table.length - 1, tag = ~mask, region = regionOf(table.length) - 1;
      let to = rows * ${row};
      next: for (let i = 0; i < left; i++) {
        const hash = hashes[i], from = places[i] * ${width};
        ${probe}
        ${copy('candidates', 'to', 'words', 'from')}
        candidates[to + ${width}] = parents[places[i]];
        candidates[to + ${width + 1}] = hash;
        to += ${row};
        rows++;
      }
      return rows;
    }
    function claim({ arena, table, count }, { chunks, candidates, claimed, claimedAt }, number, member, first, end) {
      const mine = claimed[member], at = claimedAt[member];
      const mask = table.length - 1, tag = ~mask, region = regionOf(table.length) - 1;
      let n = 0;
      for (let chunk = 0; chunk < number; chunk++) {
        at[chunk] = n;
        const owner = chunks[chunk * ${chunkWords}], last = chunks[chunk * ${chunkWords} + 2];
        const theirs = candidates[owner];
        for (let begin = chunks[chunk * ${chunkWords} + 1]; begin < last; begin += ${batchSize}) {
          const until = Math.min(last, begin + ${batchSize});
          // Independent loads, whose misses overlap.
          let left = 0;
          for (let row = begin; row < until; row++) {
            const hash = theirs[row * ${row} + ${width + 1}], slot = hash & mask;
            if (slot < first || slot >= end) continue;
            places[left] = row;
            hashes[left] = hash;
            entries[left++] = table[slot];
          }
          next: for (let i = 0; i < left; i++) {
            const hash = hashes[i], from = places[i] * ${row};
            let slot = hash & mask;
            for (let entry = table[slot]; entry !== 0; entry = table[slot]) {
              if (((entry ^ hash) & tag) === 0) {
                const index = (entry & mask) - 1;
                if (index < count) {
                  const row = index * ${width};
                  if (${same('arena', 'row', 'theirs', 'from')}) continue next;
                } else {
                  const before = (index - count) * ${claimWords};
                  const others = candidates[mine[before + 2]], row = mine[before] * ${row};
                  if (${same('others', 'row', 'theirs', 'from')}) continue next;
                }
              }
              slot = ${next};
            }
            const to = n * ${claimWords};
            mine[to] = places[i];
            mine[to + 1] = slot;
            mine[to + 2] = owner;
            // Until its index is known it stands behind all states, by the number of the claim.
            table[slot] = (hash & tag) | (count + ++n);
          }
        }
      }
      at[number] = n;
    }
    function settle({ arena, parents, table, count }, { chunks, candidates, claimed, claimedAt }, number, member, members) {
      const tag = ~(table.length - 1), mine = candidates[member];
      let index = count;
      for (let chunk = 0; chunk < number; chunk++) {
        let end = index;
        for (let k = 0; k < members; k++) end += claimedAt[k][chunk + 1] - claimedAt[k][chunk];
        if (chunks[chunk * ${chunkWords}] === member && index < end) {
          const first = chunks[chunk * ${chunkWords} + 1], rows = chunks[chunk * ${chunkWords} + 2] - first;
          if (settled.length < rows) settled = new Int32Array(2 * rows);
          for (let k = 0; k < members; k++) {
            const theirs = claimed[k], until = claimedAt[k][chunk + 1];
            for (let i = claimedAt[k][chunk]; i < until; i++)
              settled[theirs[i * ${claimWords}] - first] = theirs[i * ${claimWords} + 1] + 1;
          }
          for (let i = 0, at = index; at < end; i++) {
            const slot = settled[i] - 1;
            if (slot < 0) continue;
            settled[i] = 0;
            const from = (first + i) * ${row}, to = at * ${width};
            ${copy('arena', 'to', 'mine', 'from')}
            parents[at] = mine[from + ${width}];
            table[slot] = (table[slot] & tag) | ++at;
          }
        }
        index = end;
      }
    }
    return { sift, claim, settle };`,
  )(regionOf) as TeamLookup;
}
