// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { checkVariant, search } from '#explorer';
import { atomically, blocked, BUG_ON, either, exit, holding, implies, type Next, suite } from '#notation';
import { type Extras, type Tiny, tiny } from '../tiny.ts';

function a(s: Tiny): Next {
  if (s.x === 3) return blocked;
  s.x = s.x + 1;
}
function b(): void {}
function never(): Next {
  return blocked;
}
function leave(): Next {
  return exit;
}
function fails(): void {
  BUG_ON(true);
}
function tick(s: Tiny): Next {
  if (s.flag) return blocked;
  s.flag = true;
}

/** How often each element fired, as `label count`. */
function fired(list: Parameters<typeof tiny>[0], extras?: Extras): string[] {
  const { machine } = search(tiny(list, extras));
  return machine.elements.map(({ label }, i) => `${label} ${machine.fired[i]}`);
}

describe('how often an element has fired', () => {
  test('is counted once for each state in which it can', () => {
    expect(fired([a, b])).toEqual(['a 3', 'b 3']);
  });

  test('is 0 for what never can', () => {
    expect(fired([a, either([never], [b])])).toEqual(['a 3', 'never 0', 'b 3']);
  });

  test('is told of locks too, but not of a release that exit makes', () => {
    expect(fired([...holding('lock', leave), b])).toEqual([
      'spin_lock(lock) 1',
      'leave 1',
      'spin_unlock(lock) 0',
      'b 0',
    ]);
  });

  test('is told of actions', () => {
    expect(fired([b], { actions: [tick] })).toEqual(['b 2', 'tick 1']);
  });

  test('is told of what is folded', () => {
    expect(fired([atomically(a, b)])).toEqual(['a 3', 'a 3', 'b 3']);
  });

  test('is 0 for all of a fold that is never enabled', () => {
    expect(fired([either([atomically(a, b, never)], [b])])).toEqual(['a 0', 'a 0', 'b 0', 'never 0', 'b 1']);
  });

  test('is not raised twice by a failure in the same state', () => {
    expect(fired([either([atomically(a, b)], [fails])])).toEqual(['a 3', 'a 3', 'b 3', 'fails 0']);
  });
});

describe('a variant that is expected to hold and in which an element never fires', () => {
  const check = (list: Parameters<typeof tiny>[0], violated: readonly 'BUG_ON'[] = []) =>
    checkVariant(suite(tiny(list).model, { invariants: {}, violated: { only: violated } }), 'only');

  test('is vacuous, and says which', () => {
    const result = check([a, either([never], [b])]);
    expect(result).toMatchObject({ outcome: 'vacuous', asExpected: false });
    expect(result.neverFired).toEqual([{ row: 'cpu', step: 'never', fired: 0 }]);
  });

  test('is vacuous when that element is inside a fold', () => {
    expect(check([a, atomically(b, either([never], [b]))]).neverFired).toEqual([
      { row: 'cpu', step: 'never', fired: 0 },
    ]);
  });

  test('holds when all have fired', () => {
    expect(check([a, b])).toMatchObject({ outcome: 'holds', asExpected: true, neverFired: [] });
  });

  test('is not called vacuous when it is expected to be violated', () => {
    const result = check([either([never], [fails])], ['BUG_ON']);
    expect(result).toMatchObject({ outcome: 'violated', asExpected: true, neverFired: [] });
  });
});

describe('claims that say nothing', () => {
  const check = (claims: object) =>
    checkVariant(suite(tiny([a, b]).model, { invariants: {}, violated: { only: [] }, ...claims } as never), 'only');
  const outcome = (claims: object, name: string) => check(claims).claims.find((claim) => claim.name === name)?.outcome;

  test('a reachable that is never reached is vacuous, and not as expected', () => {
    expect(outcome({ reachable: { far: (s: Tiny) => s.x === 9 } }, 'far')).toBe('vacuous');
    expect(outcome({ reachable: { near: (s: Tiny) => s.x === 3 } }, 'near')).toBe('holds');
    expect(check({ reachable: { far: (s: Tiny) => s.x === 9 } })).toMatchObject({
      outcome: 'vacuous',
      asExpected: false,
    });
  });

  test('an invariant all of whose antecedents are never true is vacuous', () => {
    const farIsFlagged = (s: Tiny) => implies(s.x === 9, s.flag);
    const nearIsPlain = (s: Tiny) => implies(s.x === 3, !s.flag) && implies(s.x === 9, s.flag);
    expect(outcome({ invariants: { farIsFlagged } }, 'farIsFlagged')).toBe('vacuous');
    expect(outcome({ invariants: { nearIsPlain } }, 'nearIsPlain')).toBe('holds');
    expect(outcome({ invariants: { farIsFlagged, nearIsPlain } }, 'farIsFlagged')).toBe('vacuous');
    expect(outcome({ invariants: { nearIsPlain, farIsFlagged } }, 'nearIsPlain')).toBe('holds');
  });

  test('an invariant without implies is not vacuous', () => {
    expect(outcome({ invariants: { small: (s: Tiny) => s.x < 9 } }, 'small')).toBe('holds');
  });
});
