import { describe, expect, test } from 'vitest';
import { type CheckOptions, type ClaimResult, checkVariant, type VariantResult } from '#explorer';
import {
  type AnyItem,
  atomically,
  blocked,
  either,
  type ExecutionClaims,
  exit,
  fair,
  forAny,
  forEvery,
  holding,
  idle,
  type Id,
  type Instance,
  type Next,
  once,
  read,
  type Suite,
} from '#notation';
import { Cpu, type Extras, Page, type Tiny, tiny, tinyOf } from '../tiny.ts';

type Thread = Tiny['cpu'][0];

function begin(): void {}
function work(): void {}
function more(): void {}
function set_flag(s: Tiny): Next {
  if (s.flag) return blocked;
  s.flag = true;
}
function clear_flag(s: Tiny): Next {
  if (!s.flag) return blocked;
  s.flag = false;
}
function toggle(s: Tiny): void {
  s.flag = !s.flag;
}
function await_flag(s: Tiny): Next {
  if (!s.flag) return blocked;
}
function count(s: Tiny): Next {
  if (s.x === 2) return blocked;
  s.x = s.x + 1;
}
function retry(s: Tiny): Next {
  if (!s.flag) return retry;
}
function set_bit(s: Tiny, page: Page): Next {
  if (s.bits[page]) return blocked;
  s.bits[page] = 1;
}
function set_again(s: Tiny, page: Page): void {
  s.bits[page] = 1;
}

const isFlag = (s: Tiny): boolean => s.flag;
const inFunction = (s: Tiny, cpu: Id<typeof Cpu>): boolean => !idle(s.cpu[cpu]);
const outside: typeof inFunction = (s, cpu) => idle(s.cpu[cpu]);
/** A function that has begun comes to its end. */
const ends = forEvery(Cpu, [inFunction, outside]);

function checked(instance: Instance, claims: Partial<ExecutionClaims>, options: CheckOptions = {}): VariantResult {
  const suite = {
    model: instance.model,
    invariants: {},
    reachable: {},
    leadsTo: {},
    eventually: {},
    measures: {},
    ...claims,
    violated: { only: [] },
  } as Suite;
  return checkVariant(suite, 'only', { bounds: instance.bounds, ...options });
}

/** The verdict on one claim on executions. */
function verdict(
  list: unknown,
  claims: Partial<ExecutionClaims>,
  extras: Extras = {},
  options?: CheckOptions,
): ClaimResult {
  const found = checked(tinyOf(list, extras), claims, options).claims.find(
    ({ kind }) => kind === 'leadsTo' || kind === 'eventually',
  );
  return found as ClaimResult;
}

/** An execution without end, as `a b (c d)*`. */
function lasso({ trace }: ClaimResult): string {
  if (trace === undefined) return 'none';
  const names = trace.steps.map(({ thread, step, args }) => `${thread}.${step}${args.length > 0 ? `(${args})` : ''}`);
  return `${names.slice(0, trace.loopFrom).join(' ')} (${names.slice(trace.loopFrom).join(' ')})*`.trim();
}

const two = { bounds: { cpu: 2 } };

describe('a thread', () => {
  test('that is inside its function comes to its end, whatever others do', () => {
    expect(verdict([begin, work, more], { leadsTo: { ends } }, two).outcome).toBe('holds');
  });

  test('that is in no function need not begin one', () => {
    const found = verdict([set_flag], { eventually: { isFlag } });
    expect([found.outcome, lasso(found)]).toEqual(['violated', '()*']);
    expect(found.message).toBe('the execution may end there: nobody has to take another step');
  });

  test('begins its function when its first step is fair', () => {
    expect(verdict([fair(set_flag)], { eventually: { isFlag } }).outcome).toBe('holds');
    expect(verdict(once(fair(set_flag)), { eventually: { isFlag } }).outcome).toBe('holds');
    expect(verdict([either([fair(set_flag)], [more])], { eventually: { isFlag } }).outcome).toBe('violated');
  });

  test('that may choose need not choose everything', () => {
    const found = verdict([begin, either(retry, set_flag)], { leadsTo: { ends } });
    expect([found.outcome, lasso(found)]).toEqual(['violated', 'cpu0.begin cpu0.retry (cpu0.retry)*']);
  });

  test('that waits for what comes and goes may miss it for ever', () => {
    const found = verdict([begin, await_flag], { leadsTo: { ends } }, { actions: [fair(toggle)] });
    expect([found.outcome, lasso(found)]).toEqual(['violated', 'cpu0.begin (hardware.toggle hardware.toggle)*']);
    expect(verdict([begin, await_flag], { leadsTo: { ends } }, { actions: [fair(set_flag)] }).outcome).toBe('holds');
  });
});

describe('a lock', () => {
  const list = [begin, ...holding('lock', work)];

  test('that is free again and again comes to everybody who waits for it', () => {
    expect(verdict(list, { leadsTo: { ends } }, two).outcome).toBe('holds');
  });

  test('that is only weakly fair may be lost to others for ever', () => {
    const found = verdict(list, { leadsTo: { ends } }, two, { locks: 'weak' });
    expect([found.outcome, lasso(found)]).toEqual([
      'violated',
      'cpu0.begin (cpu1.begin cpu1.spin_lock(lock) cpu1.work cpu1.spin_unlock(lock))*',
    ]);
  });

  test.each([
    ['for writing', [begin, ...holding('rw', work)]],
    ['at the beginning of an atomically', [begin, atomically(...holding('lock', work), more)]],
  ])('is fair too when it is taken %s', (_, steps) => {
    expect(verdict(steps, { leadsTo: { ends } }, two).outcome).toBe('holds');
  });

  test('that readers share is never free to a writer when they overlap for ever', () => {
    function only_first(_: Tiny, cpu: Thread): Next {
      if (cpu.id !== 0) return blocked;
    }
    function only_others(_: Tiny, cpu: Thread): Next {
      if (cpu.id === 0) return blocked;
    }
    const steps = [either([only_first, holding('rw', work)], [only_others, holding(read('rw'), work)])];
    expect(verdict(steps, { leadsTo: { ends } }, two).outcome).toBe('holds');
    const found = verdict(steps, { leadsTo: { ends } }, { bounds: { cpu: 3 } });
    expect([found.outcome, found.trace?.steps[0]?.thread]).toEqual(['violated', 'cpu0']);
  });
});

describe('an action', () => {
  test('may stay away for ever, unless it is fair', () => {
    const found = verdict([begin, await_flag], { leadsTo: { ends } }, { actions: [set_flag] });
    expect([found.outcome, lasso(found)]).toEqual(['violated', 'cpu0.begin ()*']);
    expect(found.message).toBe('for cpu 0: no thread can take a step there, and no action need happen');
    expect(verdict([begin, await_flag], { leadsTo: { ends } }, { actions: [fair(set_flag)] }).outcome).toBe('holds');
  });

  test('that is fair is so with each member by itself', () => {
    const allBits = (s: Tiny): boolean => s.bits.every((bit) => bit === 1);
    const extras = (action: AnyItem): Extras => ({ actions: [action, toggle], bounds: { page: 3 } });
    expect(verdict([begin], { eventually: { allBits } }, extras(fair(forAny(Page, set_bit)))).outcome).toBe('holds');
    expect(verdict([begin], { eventually: { allBits } }, extras(forAny(Page, set_bit))).outcome).toBe('violated');
    expect(verdict([begin], { eventually: { allBits } }, extras(fair(forAny(Page, set_again)))).outcome).toBe('holds');
  });
});

describe('an execution', () => {
  test('that ends in a deadlock is told from one that goes round without changing anything', () => {
    const stuck = verdict([begin, await_flag], { leadsTo: { ends } });
    expect([lasso(stuck), stuck.message]).toEqual([
      'cpu0.begin ()*',
      'for cpu 0: nothing can happen there: a deadlock',
    ]);
    const round = verdict([begin, retry], { leadsTo: { ends } });
    expect([lasso(round), round.message]).toEqual([
      'cpu0.begin (cpu0.retry)*',
      'for cpu 0: step 2 can be repeated for ever, which is fair to everybody',
    ]);
  });

  test('that can only go on by a step that fails is no execution without end', () => {
    function fails(): void {
      throw new Error('no way');
    }
    const { claims } = checked(tiny([begin, fails]), { leadsTo: { ends } });
    expect(claims.filter(({ outcome }) => outcome === 'violated').map(({ name }) => name)).toEqual(['throws']);
    expect(verdict([fair(begin), fails], { eventually: { isFlag } }).outcome).toBe('holds');
  });

  test('starts from the initial state that it names', () => {
    const twos = [
      function low() {},
      function high(s: Tiny) {
        s.x = 2;
      },
    ];
    const { trace } = verdict([begin], { eventually: { isLow: (s: Tiny) => s.x < 2 } }, { initial: twos });
    expect([trace?.initial, trace?.length, trace?.loopFrom]).toEqual(['high', 0, 0]);
  });
});

describe('a claim on executions', () => {
  test('is vacuous when nothing ever makes it owed', () => {
    const never = [(s: Tiny) => s.x > 0, isFlag] as const;
    expect(verdict([set_flag], { leadsTo: { never } }).outcome).toBe('vacuous');
  });

  test('is put to the test by one member, and violated by one', () => {
    function only_second(_: Tiny, cpu: Thread): Next {
      if (cpu.id === 0) return blocked;
    }
    expect(verdict([only_second, work], { leadsTo: { ends } }, two).outcome).toBe('holds');
    const found = verdict([only_second, await_flag], { leadsTo: { ends } }, two);
    expect([found.outcome, found.message]).toEqual(['violated', 'for cpu 1: nothing can happen there: a deadlock']);
  });

  test('looks at what follows, and not only at the next step', () => {
    const toTwo = [(s: Tiny) => s.x === 1, (s: Tiny) => s.x === 2] as const;
    expect(verdict(once(begin, count, count), { leadsTo: { toTwo } }).outcome).toBe('holds');
    const exits = (s: Tiny): Next => {
      if (s.x === 1) return exit;
    };
    expect(verdict(once(begin, count, exits, count), { leadsTo: { toTwo } }).outcome).toBe('violated');
  });

  test('is not decided when a limit ended the search', () => {
    const result = checked(tiny([begin, count]), { leadsTo: { ends } }, { limits: { depth: 1 } });
    expect([result.stopped, result.claims.find(({ name }) => name === 'ends')?.outcome]).toEqual([
      'depth',
      'incomplete',
    ]);
  });

  test('is not decided when there is no memory for the graph, and claims on states are', () => {
    const result = checked(
      tiny([begin, work, more], { bounds: { cpu: 5 } }),
      { leadsTo: { ends } },
      { limits: { memory: 40_000 } },
    );
    const outcomes = Object.fromEntries(result.claims.map(({ name, outcome }) => [name, outcome]));
    expect([result.stopped, result.outcome, result.asExpected]).toEqual(['memory', 'incomplete', false]);
    expect(outcomes).toMatchObject({ ends: 'incomplete', range: 'holds', BUG_ON: 'holds' });
  });

  test('is not decided when the time is over before the graph is there, and claims on states are', () => {
    const waits = new Int32Array(new SharedArrayBuffer(4));
    let looks = 0;
    const slow = (s: Tiny): boolean => {
      looks++;
      return Atomics.wait(waits, 0, 0, 100) === 'timed-out' && s.x === 2;
    };
    const result = checked(tiny([begin, work, more]), { eventually: { slow } }, { limits: { seconds: 0.15 } });
    const outcomes = Object.fromEntries(result.claims.map(({ name, outcome }) => [name, outcome]));
    expect([result.stopped, result.outcome, result.asExpected]).toEqual(['seconds', 'incomplete', false]);
    expect(outcomes).toMatchObject({ slow: 'incomplete', range: 'holds', BUG_ON: 'holds' });
    // Each state is executed in both ways afterwards.
    expect(looks - 2 * result.states).toBeLessThan(result.states);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('at once');
      },
      'claim odd threw Error: at once',
    ],
    ['returns a number', () => 1 as never, 'claim odd returned 1; a claim returns true or false'],
    ['writes', (s: Tiny) => (s.flag = true), 'claim odd wrote to the state; a claim only reads'],
  ])('that %s is an error of the model', (_, odd, message) => {
    const { claims } = checked(tiny([work, count]), { eventually: { odd } });
    expect(claims.find(({ name }) => name === 'throws')).toMatchObject({ outcome: 'violated', message });
    expect(claims.find(({ name }) => name === 'odd')?.outcome).toBe('incomplete');
  });

  test('keeps no step from being missed that never fires', () => {
    const { neverFired, outcome } = checked(tiny([begin, retry, clear_flag]), { leadsTo: { ends } });
    expect([outcome, neverFired.map(({ step }) => step)]).toEqual(['violated', ['clear_flag']]);
  });
});
