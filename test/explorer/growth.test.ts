import { describe, expect, test } from 'vitest';
import { growthOf } from '#explorer';
import { type MadeUp, result } from '../report/results.ts';

type More = NonNullable<Parameters<typeof result>[2]>;
const claims = { kept: ['holds', 'holds'], known: [5, 'violated'] } satisfies Record<string, MadeUp>;
const before = result('v', claims);
const grown = (changed: Record<string, MadeUp>, more: More = {}) =>
  growthOf(before, result('v', { ...claims, ...changed }, { bounds: { gfn: 3, vcpu: 2 }, ...more }), 'gfn');

test('a bound that is raised changes nothing when every claim comes out as before, however long its race', () => {
  expect(grown({ known: [7, 'violated'] })).toEqual({
    model: 'm',
    variant: 'v',
    set: 'gfn',
    size: 3,
    verdict: 'same',
    changes: [],
    states: 1234,
    message: undefined,
  });
});

test('a claim that comes out differently is a change, in whatever direction', () => {
  const { verdict, changes } = grown(
    { kept: [4, 'holds'], known: ['holds', 'violated'] },
    { deadlock: ['vacuous', 'holds'] },
  );
  expect(verdict).toBe('changed');
  expect(changes.map(({ name, before: was, after, trace }) => [name, was, after, trace?.length])).toEqual([
    ['kept', 'holds', 'violated', 4],
    ['known', 'violated', 'holds', undefined],
    ['deadlock', 'holds', 'vacuous', undefined],
  ]);
});

describe('a search that a limit ends', () => {
  const open: MadeUp = ['incomplete', 'holds'];
  test('is not finished, as far as nothing has changed', () => {
    const { verdict, message } = grown({ kept: open, known: open }, { stopped: 'seconds' });
    expect([verdict, message]).toEqual(['not finished', 'stopped by the limit on seconds']);
  });
  test('has changed what it has found', () => {
    expect(grown({ kept: [4, 'holds'], known: open }, { stopped: 'seconds' }).verdict).toBe('changed');
  });
  test('leaves everything open when it is the one that is compared with', () => {
    const undecided = result('v', { ...claims, kept: open }, { stopped: 'states' });
    expect(growthOf(undecided, result('v', { ...claims, kept: [4, 'holds'] }), 'gfn').verdict).toBe('not finished');
  });
});
