// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { search } from '#explorer';
import {
  blocked,
  bool,
  choose,
  forAny,
  instantiate,
  model,
  type Next,
  once,
  range,
  type StateOf,
  thread,
  upTo,
} from '#notation';
import { batchOf, batchSize, noParent, Visited } from '../../explorer/visited.ts';

/** Inserts rows of words in batches of the given sizes, one after another. Each row's parent is its number. */
function inserted(
  width: number,
  rows: readonly (readonly number[])[],
  sizes: readonly number[] = [batchSize],
): Visited {
  const visited = new Visited(width, 2 ** 30);
  const batch = batchOf(width);
  let turn = 0;
  const hand = (): void => {
    expect(visited.insert(batch)).toBe(true);
    expect(batch.length).toBe(0);
    turn++;
  };
  rows.forEach((row, i) => {
    batch.words.set(row, batch.length * width);
    batch.parents[batch.length++] = i;
    if (batch.length === Math.min(sizes[turn % sizes.length] as number, batchSize)) hand();
  });
  hand();
  return visited;
}

/** What a Map says: the distinct rows in order, and the number of the first of each. */
function byMap(rows: readonly (readonly number[])[]): Map<string, number> {
  const first = new Map<string, number>();
  rows.forEach((row, i) => {
    const key = row.join();
    if (!first.has(key)) first.set(key, i);
  });
  return first;
}

function expectSame(width: number, rows: readonly (readonly number[])[], sizes?: readonly number[]): void {
  const visited = inserted(width, rows, sizes);
  const expected = byMap(rows);
  expect(visited.count).toBe(expected.size);
  let at = 0;
  for (const [key, number] of expected) {
    const words = visited.arena.subarray(at * width, (at + 1) * width).join();
    if (words !== key || visited.parents[at] !== number)
      expect([at, words, visited.parents[at]]).toEqual([at, key, number]);
    at++;
  }
}

/** A stream of words that is the same on every run: xorshift. */
function stream(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x | 0;
  };
}

describe('the seen-set holds what a Map would', () => {
  test('of random words, many of them alike, in batches of any size', () => {
    const word = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 65536),
      fc.integer(),
    );
    const rows = (width: number) =>
      fc.array(fc.array(word, { minLength: width, maxLength: width }), { maxLength: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }).chain((width) => fc.tuple(fc.constant(width), rows(width))),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
        ([width, all], sizes) => {
          expectSame(width, [...all, ...all.slice(0, 20)], sizes);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([1, 2, 3])(
    'of so many states that it grows again and again, and 32-bit hashes collide: %i words',
    (width) => {
      const next = stream(width);
      const rows = Array.from({ length: 150_000 }, () => Array.from({ length: width }, () => next()));
      // Every third comes again, from somewhere before.
      expectSame(
        width,
        rows.flatMap((row, i) => (i % 3 === 0 ? [row, rows[i >> 1] as number[]] : [row])),
      );
    },
  );

  test('of states that all come again when the table has grown, the last before it grew among them', () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => [i]);
    expectSame(1, [...rows, ...rows]);
  });

  // Alike in all words but one, so many of them that hashes are alike too, in all the bits that are kept.
  test.each([0, 1])('of states that differ in word %i of two only', (word) => {
    const next = stream(word + 7);
    const rows = Array.from({ length: 250_000 }, () => (word === 0 ? [next(), 5] : [5, next()]));
    expectSame(2, rows);
  });

  test('of states that differ in one bit, or count up', () => {
    const bits = Array.from({ length: 64 }, (_, i) => [i < 32 ? 1 << i : 0, i < 32 ? 0 : 1 << (i - 32)]);
    const grid = Array.from({ length: 90_000 }, (_, i) => [i % 300, Math.floor(i / 300)]);
    const shifted = Array.from({ length: 90_000 }, (_, i) => [(i % 300) << 20, Math.floor(i / 300) << 12]);
    expectSame(2, [...bits, ...grid, ...shifted, ...grid]);
  });

  test('of zeros, and of zeros but for one word, in states of any width', () => {
    for (let width = 1; width <= 24; width++) {
      const zeros = Array.from({ length: width }, () => 0);
      const rows = [zeros, ...zeros.flatMap((_, i) => [zeros.with(i, 1), zeros.with(i, -1), zeros])];
      expectSame(width, rows);
      expectSame(width, rows.toReversed());
      expectSame(width, rows, [1]);
    }
  });

  test('of one state that comes in every place of a batch', () => {
    expectSame(
      1,
      Array.from({ length: 3 * batchSize + 1 }, () => [7]),
    );
  });

  test('when a batch is empty', () => {
    expect(inserted(2, []).count).toBe(0);
  });
});

test('a batch that does not fit into the memory given is refused whole', () => {
  const visited = new Visited(4, 1_500_000);
  const batch = batchOf(4);
  const next = stream(5);
  let taken = true;
  let before = 0;
  while (taken) {
    before = visited.count;
    while (batch.length < batchSize) {
      for (let i = 0; i < 4; i++) batch.words[batch.length * 4 + i] = next();
      batch.parents[batch.length++] = noParent;
    }
    taken = visited.insert(batch);
    expect(visited.bytes).toBeLessThanOrEqual(1_500_000);
  }
  expect(visited.count).toBe(before);
  expect(batch.length).toBe(batchSize);
});

describe('a state with more successors than a batch holds', () => {
  const A = range('a');
  const B = range('b');
  const C = range('c');
  const Cpu = range('cpu');
  const state = { a: upTo(A), b: upTo(B), c: upTo(C), gone: bool, cpu: thread(Cpu, {}) };
  interface State extends StateOf<typeof state> {}
  const bounds = { a: 17, b: 17, c: 17, cpu: 1 };
  const about = 'One step to each of 4,913 states.';
  function go(s: State, a: number, b: number, c: number): Next {
    if (s.gone) return blocked;
    s.a = a;
    s.b = b;
    s.c = c;
    s.gone = true;
  }
  function goOfThread(s: State, _: unknown, a: number, b: number, c: number): Next {
    return go(s, a, b, c);
  }
  function goByChoice(s: State): Next {
    return go(s, choose(17), choose(17), choose(17));
  }
  function first(): void {}
  function never(): Next {
    return blocked;
  }

  test.each([
    ['of an action', { cpu: [never], actions: [forAny(A, B, C, go)] }, 4_914, 2],
    ['of a thread', { cpu: once(forAny(A, B, C, goOfThread)) }, 4_914, 2],
    ['by choice', { cpu: once(goByChoice) }, 4_914, 2],
    ['of a thread that went there', { cpu: once(first, forAny(A, B, C, goOfThread)) }, 4_915, 3],
  ])('%s: all are found, each once', (_, variant, states, depth) => {
    const made = model({ name: 'wide', about, state, bounds, variants: { only: variant as never } });
    const { visited, ...found } = search(instantiate(made, 'only'));
    expect([found.states, found.depth]).toEqual([states, depth]);
    const rows = Array.from({ length: states }, (__, at) =>
      [...visited.arena.subarray(at * visited.width, (at + 1) * visited.width)].join(),
    );
    expect(new Set(rows).size).toBe(states);
  });
});
