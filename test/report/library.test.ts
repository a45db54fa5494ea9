import { expect, test } from 'vitest';
import * as library from '../../index.ts';
import { BUG_ON, bit, blocked, claim, model, range, suite, thread } from '../../index.ts';

const Cpu = range('cpu');
const state = { x: bit, cpu: thread(Cpu, {}) };
interface State extends library.StateOf<typeof state> {}

function set(s: State): library.Next {
  if (s.x === 1) return blocked;
  s.x = 1;
}
function check(s: State): void {
  BUG_ON(s.x === 1, 'x is set');
}

const stays = claim('x stays 0', (s: State) => s.x === 0);
const made = suite(
  model({
    name: 'm',
    about: 'sets x',
    state,
    bounds: { cpu: 1 },
    variants: { sets: { cpu: [set] }, checks: { cpu: [set, check] } },
  }),
  { invariants: { stays }, violated: { sets: ['stays'], checks: ['stays', 'BUG_ON'] } },
);

test('a suite is checked, and its races drawn, without the command line', () => {
  const told: library.Progress[] = [];
  const results = library.check(made, { bounds: { cpu: 2 }, onProgress: (progress) => told.push(progress) });
  expect(results.map(({ variant, asExpected }) => [variant, asExpected])).toEqual([
    ['sets', true],
    ['checks', true],
  ]);
  expect(told.length).toBeGreaterThan(0);
  expect(library.exitCodeOf(results)).toBe(0);
  const [first] = results[0]?.claims ?? [];
  expect(library.drawRace(first?.trace as library.Trace, first as library.ClaimResult)).toContain(
    '  1  set()  x = 1\n',
  );
});

test('a line is replayed on the suite it is for, and on no other', () => {
  const trace = library.replay(made, 'm/checks cpu.set(); cpu0.check()');
  expect([trace.length, trace.failure]).toEqual([2, 'x is set']);
  expect(library.replayLine(trace)).toBe('m/checks [cpu=1] cpu0.set(); cpu0.check()');
  expect(() => library.replay(made, 'n/checks cpu.set()')).toThrow('the line is for n/checks, and the suite is for m');
  expect(() => library.replay(made, 'm/checks cpu.check()')).toThrow(library.ReplayError);
});

test('what is exported has been thought of', () => {
  expect(Object.keys(library).toSorted()).toEqual([
    'BUG_ON',
    'NULL',
    'ReplayError',
    'ReplayLineError',
    'StepFailure',
    'WARN_ON_ONCE',
    'ahead',
    'alloc',
    'apply',
    'array',
    'assertHolds',
    'at',
    'atomically',
    'bit',
    'blocked',
    'bool',
    'check',
    'checkVariant',
    'choose',
    'claim',
    'cmpxchg',
    'cond_resched',
    'drained',
    'drawMatrix',
    'drawRace',
    'drawSteps',
    'drawSweep',
    'either',
    'ended',
    'exit',
    'exitCodeOf',
    'exitCodes',
    'fair',
    'forAny',
    'forEvery',
    'free',
    'holding',
    'idle',
    'implies',
    'initialStates',
    'instantiate',
    'jsonDocument',
    'lockdep_assert_held',
    'measureVariant',
    'member',
    'memory',
    'might_sleep',
    'model',
    'mutex',
    'once',
    'oneOf',
    'passed',
    'plotSvg',
    'pointer',
    'pool',
    'range',
    'read',
    'replay',
    'replayLine',
    'rwlock',
    'smp_load_acquire',
    'smp_mb',
    'smp_rmb',
    'smp_store_release',
    'smp_wmb',
    'spinlock',
    'suite',
    'summary',
    'symmetric',
    'thread',
    'transitionsOf',
    'upTo',
    'viewOf',
    'witness',
    'xchg',
  ]);
});
