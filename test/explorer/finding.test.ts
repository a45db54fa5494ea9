import { describe, expect, test } from 'vitest';
import { type ClaimResult, type Finding, findingOf } from '#explorer';
import { type MadeUp, result } from '../report/results.ts';

type More = NonNullable<Parameters<typeof result>[2]>;
const original = result(
  'right',
  { kept: ['holds', 'holds'], known: [5, 'violated'] },
  { reachable: { seen: ['holds', 'holds'] } },
);

function finding(invariants: Record<string, MadeUp>, more: More = {}): Finding {
  const claims = { kept: ['holds', 'holds'], known: [5, 'violated'], ...invariants } satisfies Record<string, MadeUp>;
  return findingOf(
    original,
    result('right:without=vcpu.work', claims, { reachable: { seen: ['holds', 'holds'] }, ...more }),
  );
}

test('an edit that breaks what holds shows that it is needed, what breaks soonest first', () => {
  const found = finding({ kept: [9, 'holds'] }, { deadlock: [4, 'holds'] });
  expect(found.kind === 'needed' && found.breaks.map(({ name, trace }) => [name, trace?.length])).toEqual([
    ['deadlock', 4],
    ['kept', 9],
  ]);
});

test('what the variant violates before it is edited shows nothing', () => {
  expect(finding({ known: [2, 'violated'] })).toEqual({ kind: 'not shown needed', states: 1234, mends: [] });
});

test('what is violated no more is mended', () => {
  expect(finding({ known: ['holds', 'violated'] })).toMatchObject({ kind: 'not shown needed', mends: ['known'] });
});

describe('a step that throws', () => {
  const throws = (more: More): More => ({
    ...more,
    claims: [
      ...result('x', { kept: ['holds', 'holds'], known: [5, 'violated'] }).claims,
      {
        ...(result('x', { throws: [2, 'holds'] }).claims[0] as ClaimResult),
        kind: 'reserved',
        message: 'read vcpu0.gfn',
      },
    ],
  });

  test('breaks no claim: it says who threw what', () => {
    const made = result('x', {}, throws({}));
    const [last] = made.claims.slice(-1);
    const failing = { ...last, trace: { ...last?.trace, failure: 'read vcpu0.gfn' } } as never;
    expect(findingOf(original, { ...made, claims: [...made.claims.slice(0, -1), failing] })).toMatchObject({
      kind: 'throws',
      message: 'vcpu0.work read vcpu0.gfn',
    });
    expect(findingOf(original, made)).toMatchObject({ kind: 'throws', message: 'read vcpu0.gfn' });
  });
  test('matters less than a claim that breaks', () => {
    const made = result('x', {}, throws({}));
    const [kept] = result('x', { kept: [3, 'holds'] }).claims;
    expect(findingOf(original, { ...made, claims: [...made.claims.slice(1), kept as never] }).kind).toBe('needed');
  });
});

describe('nothing is said of an edit', () => {
  test('that a limit stopped, unless something broke before', () => {
    expect(finding({}, { stopped: 'seconds' })).toEqual({
      kind: 'incomplete',
      message: 'stopped by the limit on seconds',
    });
    expect(finding({ kept: [9, 'holds'] }, { stopped: 'seconds' }).kind).toBe('needed');
  });
  test('when the variant itself is not decided', () => {
    expect(findingOf({ ...original, stopped: 'states' }, original)).toEqual({
      kind: 'incomplete',
      message: 'what is edited is stopped by the limit on states',
    });
  });
  test('whose search was given up', () => {
    expect(findingOf(original, undefined)).toEqual({
      kind: 'incomplete',
      message: 'a step or claim does not come to an end',
    });
  });
});

describe('an edit is vacuous', () => {
  test('when a step does not happen any more', () => {
    const coverage = [
      { row: 'vcpu', step: 'work', fired: 0 },
      { row: 'vcpu', step: 'rest', fired: 1 },
    ];
    expect(finding({}, { coverage })).toEqual({ kind: 'vacuous', message: 'vcpu.work never happens' });
  });
  test('but not when the step never happened, or happens where it stands a second time', () => {
    const never = { row: 'vcpu', step: 'never', fired: 0 };
    const with2 = { ...original, coverage: [...original.coverage, never, { ...never, fired: 2 }] };
    expect(findingOf(with2, with2).kind).toBe('not shown needed');
    expect(findingOf(with2, { ...with2, coverage: [...original.coverage, never] }).kind).toBe('not shown needed');
    expect(findingOf(with2, { ...with2, coverage: [...original.coverage, never, never] })).toMatchObject({
      message: 'vcpu.never never happens',
    });
  });
  test('when a state is not reached any more, or a claim is not put to the test', () => {
    expect(finding({ kept: ['vacuous', 'holds'] }, { reachable: { seen: ['vacuous', 'holds'] } })).toEqual({
      kind: 'vacuous',
      message: 'seen is not reached; kept is never put to the test',
    });
  });
});
