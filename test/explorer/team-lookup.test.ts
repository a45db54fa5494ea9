/** What the members of a team do with the states they generate, one step of one member at a time. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { besideState, chunkWords, memberBits, type Rounds, teamLookup } from '../../explorer/team-lookup.ts';
import { batchOf, Visited } from '../../explorer/visited.ts';

const width = 2;
const members = 3;
const room = 2 ** 20;

/** The successors of each state that is expanded, as numbers of states. */
const successors = fc.array(fc.array(fc.nat(25), { maxLength: 5 }), { minLength: 1, maxLength: 40 });

/** A state of that number. The first is all zeros, as memory is that has not been written to. */
function wordsOf(state: number): readonly number[] {
  return [state % 5, Math.floor(state / 5)];
}

/** Inserts states as one thread does, each as a successor of the state with an index. */
function insert(visited: Visited, states: readonly number[], parent: number): void {
  const batch = batchOf(width);
  for (const state of states) {
    batch.words.set(wordsOf(state), batch.length * width);
    batch.parents[batch.length++] = parent;
  }
  expect(visited.insert(batch)).toBe(true);
}

test('they find what one finds, in the same order, whoever comes first and whoever has to wait for a slot', () => {
  const schedule = fc.infiniteStream(fc.nat(members - 1));
  const round = fc.record({
    before: fc.array(fc.nat(25)),
    successors,
    chunk: fc.integer({ min: 1, max: 6 }),
    schedule,
  });
  const slots = fc.array(fc.nat(12), { minLength: members, maxLength: members });
  fc.assert(
    fc.property(round, slots, fc.boolean(), ({ before, successors, chunk, schedule }, most, isRefilled) => {
      const alone = new Visited(width, room);
      const together = new Visited(width, room);
      for (const visited of [alone, together]) insert(visited, before, -1);
      for (const [parent, states] of successors.entries()) insert(alone, states, parent);

      const lookups = most.map(() => teamLookup(width, members));
      const candidates = most.map(() => new Int32Array(1000 * (width + besideState)));
      const number = Math.ceil(successors.length / chunk);
      const rounds: Rounds = { chunks: new Int32Array(number * chunkWords), candidates };
      const rows = most.map(() => 0);
      const each = most.map((_, member) => expand(member));
      let taken = 0;

      /** Expands chunks of states as long as there are some, and rests after each state. */
      function* expand(member: number) {
        const lookup = lookups[member] as (typeof lookups)[number];
        while (taken < number) {
          const at = taken++;
          rounds.chunks.set([member, rows[member] as number], at * chunkWords);
          for (let parent = at * chunk; parent < Math.min(successors.length, (at + 1) * chunk); parent++) {
            const batch = batchOf(width);
            for (const state of successors[parent] as number[]) {
              batch.words.set(wordsOf(state), batch.length * width);
              batch.parents[batch.length++] = parent;
            }
            const many = [rows[member] as number, most[member] as number] as const;
            rows[member] = lookup.sift(together, batch, candidates, member, ...many);
            yield;
          }
          rounds.chunks[at * chunkWords + 2] = rows[member] as number;
        }
      }

      for (const member of schedule) {
        each[member]?.next();
        if (taken === number && each.every((one) => one.next().done)) break;
      }
      if (isRefilled) together.code.rebuild(together, together.table, 0, together.table.length);
      for (const [member, lookup] of lookups.entries())
        lookup.claim(together, candidates, member, rows[member] as number);
      for (const [member, lookup] of lookups.entries()) lookup.count(rounds, number, member);
      for (const [member, lookup] of lookups.entries()) lookup.settle(together, rounds, number, member);
      for (let at = 0; at < number; at++) together.count += rounds.chunks[at * chunkWords + 3] as number;

      const { count } = alone;
      expect(together.count).toBe(count);
      expect(together.arena.slice(0, count * width)).toEqual(alone.arena.slice(0, count * width));
      expect(together.parents.slice(0, count)).toEqual(alone.parents.slice(0, count));
      for (let at = 0; at < count; at++)
        expect(together.find(together.arena.slice(at * width, (at + 1) * width))).toBe(at);
      insert(together, successors.flat(), 0);
      expect(together.count).toBe(count);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('more candidates than the table has numbers for are refused', () => {
  const visited = new Visited(width, room);
  const candidates = [0, 1, 2].map(() => new Int32Array(1));
  const { claim } = teamLookup(width, members);
  expect(() => claim(visited, candidates, 1, visited.table.length / 4)).toThrow('have no numbers');
});

test('the number of a candidate says whose it is, however many members there are', () => {
  for (const [count, bits] of [
    [1, 0],
    [2, 1],
    [3, 2],
    [8, 3],
    [9, 4],
  ] as const)
    expect(memberBits(count)).toBe(bits);
});
