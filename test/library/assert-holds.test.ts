import { describe, expect, test } from 'vitest';
import {
  type AssertOptions,
  assertHolds,
  bit,
  blocked,
  claim,
  type Id,
  implies,
  memory,
  model,
  type Next,
  symmetric,
  replay,
  type StateOf,
  suite,
  thread,
  upTo,
} from '../../index.ts';

const Cpu = symmetric('cpu');
const state = { x: upTo(9), mine: memory(bit), cpu: thread(Cpu, { seen: upTo(9) }) };
interface State extends StateOf<typeof state> {}
type Cpu = State['cpu'][Id<typeof Cpu>];

function load(s: State, cpu: Cpu): void {
  cpu.seen = s.x;
}
function store(s: State, cpu: Cpu): void {
  s.x = (cpu.seen + 1) % 3;
}
function increment(s: State): void {
  s.x = (s.x + 1) % 3;
}
function publish(s: State): void {
  s.mine = 1;
}
function stays(): Next {
  return blocked;
}

const counts = claim('x is at most 1', (s: State) => s.x < 2);
const variants = { counts: { cpu: [load, store] }, atomic: { cpu: [increment] } };
const base = { name: 'counter', about: 'counts', state, bounds: { cpu: 2 } };

function suiteOf(violated: readonly ('counts' | 'deadlock')[]) {
  return suite(model({ ...base, variants }), {
    invariants: { counts },
    violated: { counts: violated, atomic: violated },
  });
}

/** What an assertion says when it fails. */
function said(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

test('a suite that comes out as it expects passes, and its results are returned', () => {
  const results = assertHolds(suiteOf(['counts']));
  expect(results.map(({ variant, asExpected }) => [variant, asExpected])).toEqual([
    ['counts', true],
    ['atomic', true],
  ]);
});

describe('the message of an assertion that fails', () => {
  const message = said(() => assertHolds(suiteOf([]), { variants: ['counts'] }));

  test('is the shortest race, drawn, with the reason why the claim is false', () => {
    expect(message.split('\n')).toEqual([
      '1 of 1 variants is not as the suite expects',
      '',
      'counter/counts: counts is violated in 4 steps',
      'cpu=2, 0 context switches',
      '',
      '     cpu0     what changed',
      '  1  load()   (seen = 0)',
      '  2  store()  x = 1',
      '  3  load()   (seen = 1)',
      '  4  store()  x = 2',
      '',
      'After step 4 counts is false:',
      '  x is at most 1',
      '    x = 2',
      '',
      'replay(suite, "counter/counts [cpu=2] cpu0.load(); cpu0.store(); cpu0.load(); cpu0.store()")',
    ]);
  });

  test('ends in a call that draws the same race again', () => {
    const [, line] = /replay\(suite, (".*")\)/.exec(message) ?? [];
    expect(replay(suiteOf([]), JSON.parse(line as string)).length).toBe(4);
  });

  test('ends in a command where the file of the suite is known', () => {
    const withFile = said(() => assertHolds(suiteOf([]), { variants: ['atomic'], file: './counter.ts' }));
    expect(withFile).toMatch(/\nmmucheck replay --suite \.\/counter\.ts 'counter\/atomic \[cpu=2\] .*'$/);
  });

  test('has a race of each variant that is wrong', () => {
    const both = said(() => assertHolds(suiteOf([])));
    expect(both).toMatch(/^2 of 2 variants are not as the suite expects\n/);
    expect(both.match(/^counter\/\w+: counts is violated in \d steps$/gm)).toHaveLength(2);
  });
});

describe('what is no race fails with a sentence', () => {
  const check = (source: object, violated: readonly string[], options: AssertOptions = {}) =>
    said(() =>
      assertHolds(
        suite(model({ ...base, variants: { only: { cpu: [increment] } } }), {
          invariants: {},
          violated: { only: violated },
          ...source,
        } as never),
        options,
      ),
    );

  test.each<[string, string, string]>([
    [
      'a claim that holds and is to be violated',
      check({ invariants: { fine: () => true } }, ['fine']),
      'counter/only: fine holds in all 3 states, and is expected to be violated',
    ],
    [
      'a claim that nothing puts to the test',
      check({ invariants: { idle: (s: State) => implies(s.x === 9, false) } }, []),
      'counter/only: idle is vacuous: nothing ever puts it to the test',
    ],
    [
      'a witness that is not reached',
      check({ reachable: { nine: (s: State) => s.x === 9 } }, []),
      'counter/only: nine is never reached',
    ],
    [
      'a search that a limit ended',
      check({}, [], { limits: { depth: 1 } }),
      'counter/only: not decided: the limit on depth ended the search at 2 states; raise it, or lower a bound',
    ],
  ])('%s', (_, text, sentence) => {
    const [first, ...rest] = text.split('\n\n');
    expect(first).toBe('1 of 1 variants is not as the suite expects');
    expect(rest.map((each) => each.replaceAll('\n', ' '))).toEqual([sentence]);
  });

  test('a step that never fires', () => {
    const blocked = suite(model({ ...base, variants: { only: { cpu: [increment], actions: [stays] } } }), {
      invariants: {},
      violated: { only: [] },
    });
    expect(said(() => assertHolds(blocked))).toContain(
      'counter/only: every step fires is false: actions.stays never fired',
    );
  });
});

describe('options', () => {
  test('bounds, symmetry and limits are those of a check', () => {
    const [result] = assertHolds(suiteOf(['counts']), { variants: ['counts'], bounds: { cpu: 3 }, symmetry: true });
    expect([result?.bounds, result?.symmetry]).toEqual([{ cpu: 3 }, 'exact']);
  });

  test('a memory order takes the place of each variant’s own', () => {
    const buffered = suite(model({ ...base, variants: { only: { cpu: [publish] } } }), {
      invariants: {},
      violated: { only: [] },
    });
    expect(assertHolds(buffered, { memory: 'tso' }).map((each) => [each.variant, each.memory])).toEqual([
      ['only@tso', 'tso'],
    ]);
  });

  test('a memory order that would leave a variant without a point is refused', () => {
    const weak = suite(model({ ...base, variants: { weak: { cpu: [publish], memoryOrder: 'tso' } } }), {
      invariants: {},
      violated: { weak: [] },
    });
    expect(() => assertHolds(weak, { memory: 'sc' })).toThrow(
      'counter/weak is about tso, and would hold under sc for nothing; leave it out of variants',
    );
  });

  test('a variant that is not there is refused with those there are, and none at all too', () => {
    expect(() => assertHolds(suiteOf([]), { variants: ['atomc'] })).toThrow(
      'counter has no variant atomc; it has counts, atomic',
    );
    expect(() => assertHolds(suiteOf([]), { variants: [] })).toThrow('counter: no variant is named');
  });
});
