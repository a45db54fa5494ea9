import { describe, expect, test } from 'vitest';
import { checkVariant, executed } from '#explorer';
import { bit, instantiate, type Item, model, range, type StateOf, suite, thread, upTo } from '#notation';
import { comparison } from './comparison.ts';
import { departureOf } from './departure.ts';
import { nearestRight } from './nearest.ts';
import { isSame } from './same-function.ts';

const state = { spte: upTo(3), flushed: bit, freed: bit, cpu: thread(range('cpu'), {}) };
type State = StateOf<typeof state>;

function zapTo(value: number) {
  return function zap(s: State): void {
    s.spte = value;
  };
}
function look(): void {}
function flush(s: State): void {
  s.flushed = 1;
}
function free(s: State): void {
  s.freed = 1;
}
function notFreed(s: State): void {
  s.spte = 1;
}
function freed(s: State): void {
  s.freed = 1;
}

function inOrder(...cpu: readonly Item<State, State['cpu'][0], never>[]) {
  return { cpu, initial: [notFreed] };
}

const page = suite(
  model({
    name: 'page',
    about: 'how a page is zapped, flushed and freed',
    state,
    bounds: { cpu: 1 },
    variants: {
      'look-first': inOrder(look, zapTo(0), flush, free),
      right: inOrder(zapTo(0), look, flush, free),
      'no-flush': inOrder(zapTo(0), look, free),
      'free-before-flush': inOrder(zapTo(0), look, free, flush),
      'freed-twice': inOrder(zapTo(0), look, free, flush, free),
      'zapped-to-two': inOrder(zapTo(2), look, flush, free),
      'begun-freed': { ...inOrder(zapTo(0), look, flush, free), initial: [freed] },
    },
  }),
  {
    invariants: {
      freedIsFlushed: ({ freed: isFreed, flushed }: State) => isFreed === 0 || flushed === 1,
      emptyOrSet: ({ spte }: State) => spte < 2,
    },
    violated: {
      'look-first': [],
      right: [],
      'no-flush': ['freedIsFlushed'],
      'free-before-flush': ['freedIsFlushed'],
      'freed-twice': ['freedIsFlushed'],
      'zapped-to-two': ['emptyOrSet'],
      'begun-freed': ['freedIsFlushed'],
    },
  },
);

describe('a wrong variant is compared with the right one that it differs least from', () => {
  test.each([
    ['no-flush', 'Compared with `right`: without `flush` (cpu). They part at step 3.'],
    ['free-before-flush', 'Compared with `right`: `flush` elsewhere (cpu). They part at step 3.'],
    ['freed-twice', 'Compared with `right`: with `free` (cpu). They part at step 3.'],
    ['zapped-to-two', 'Compared with `right`: another `zap` (cpu). They part at step 1.'],
    ['begun-freed', 'Compared with `right`: from `freed`. They part where they begin.'],
  ])('%s', (variant, said) => {
    const nearest = nearestRight(page, variant);
    const { name = '', trace } = checkVariant(page, variant).claims.find(({ outcome }) => outcome === 'violated') ?? {};
    const departure = trace && departureOf(page, nearest, trace, name);
    expect(departure?.shown).toEqual(nearest.differences);
    expect(comparison(nearest, departure, trace)).toBe(said);
  });

  test('and a race after which the right one breaks the claim too contains nothing of that', () => {
    const race = (...steps: string[]) =>
      executed(
        instantiate(page.model, 'no-flush'),
        undefined,
        steps.map((step) => ({ thread: 'cpu0', step, args: [] })),
      );
    const nearest = nearestRight(page, 'no-flush');
    //  It stands where the flush would be.
    const { invariants } = page;
    const broken = { ...page, invariants: { ...invariants, notZapped: ({ spte }: State) => spte > 0 } };
    expect(departureOf(page, nearest, race('zap', 'look'), 'freedIsFlushed')).toEqual({
      at: 3,
      shown: nearest.differences,
    });
    expect(departureOf(broken, nearest, race('zap', 'look'), 'notZapped')).toBeUndefined();
    expect(departureOf(broken, nearest, race('zap'), 'notZapped')).toBeUndefined();
  });
});

test('functions are the same when their sources are, and they were given the same', () => {
  expect(isSame(zapTo(0), zapTo(0))).toBe(true);
  expect(isSame(zapTo(0), zapTo(1))).toBe(false);
  expect(isSame(zapTo(0), look)).toBe(false);
  const calling = (each: (s: State) => void) => (s: State) => {
    each(s);
    return each;
  };
  expect(isSame(calling(zapTo(0)), calling(zapTo(0)))).toBe(true);
  expect(isSame(calling(zapTo(0)), calling(zapTo(1)))).toBe(false);
});
