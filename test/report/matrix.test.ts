import { describe, expect, test } from 'vitest';
import { drawMatrix } from '#report';
import { type MadeUp, result } from './results.ts';

const holds: MadeUp = ['holds', 'holds'];

function drawn(results: Parameters<typeof drawMatrix>[0], width?: number): string[] {
  return drawMatrix(results, width === undefined ? {} : { width }).split('\n');
}

test('a row for each variant, a column for each invariant, whose name leads down to it', () => {
  const results = [
    result('right', { noLostWrite: holds, dirtyCovered: holds }),
    result(
      'dirty-then-rmap',
      { noLostWrite: [12, 'violated'], dirtyCovered: [9, 'violated'] },
      { states: 111544, depth: 43 },
    ),
  ];
  expect(drawn(results)).toEqual([
    'm at gfn=2, vcpu=2',
    '',
    '                    noLostWrite',
    '                    |   dirtyCovered',
    '                    |   |  states  transitions  depth',
    '  right             -   -    1234        56789     12',
    '  dirty-then-rmap  12   9  111544        56789     43',
    '',
    '- holds;  n violated, by a shortest race of n steps',
  ]);
});

describe('what is not as the suite expects', () => {
  test.each<[string, MadeUp, string]>([
    ['a violation that is not expected', [12, 'holds'], '12!'],
    ['an expected violation that does not come', ['holds', 'violated'], '-!'],
    ['a claim that was never put to the test', ['vacuous', 'holds'], 'vac!'],
  ])('%s is marked in its cell and its row', (_, found, cell) => {
    const lines = drawn([result('v', { a: found })]);
    expect(lines.find((line) => line.startsWith('! v'))?.split(/ +/)[2]).toBe(cell);
    expect(lines.join('\n')).toContain('! not as the suite expects');
  });

  test('what is not decided is marked as that, and as wrong only when something else is', () => {
    const open = result('open', { a: ['incomplete', 'holds'], b: ['incomplete', 'holds'] }, { stopped: 'states' });
    const wrong = result('wrong', { a: ['incomplete', 'holds'], b: [3, 'holds'] }, { stopped: 'states' });
    const lines = drawn([open, wrong]);
    expect(lines.filter((line) => /^[?!]/.test(line))).toEqual([
      '? open           ?   ?    1234        56789     12',
      '! wrong          ?  3!    1234        56789     12',
    ]);
    expect(lines.join('\n')).toContain('? not decided');
  });
});

test('of an execution without end both its beginning and what it repeats are counted', () => {
  const lines = drawn([
    result('kept', { a: holds }, { leadsTo: { completes: [7, 'violated'] } }),
    result('ends', { a: holds }, { leadsTo: { completes: [2, 'violated'] } }),
    result('right', { a: holds }, { leadsTo: { completes: holds } }),
  ]);
  expect(lines.slice(2, 7)).toEqual([
    '                 a',
    '                 |    completes',
    '                 |    |  states  transitions  depth',
    '  kept           -  2+5    1234        56789     12',
    '  ends           -  2+0    1234        56789     12',
  ]);
  expect(lines.slice(-2).join(' ')).toBe(
    '- holds;  n+m violated for ever, by n steps and m that repeat (+0: nothing need follow)',
  );
});

test('a reserved word has a column only where it matters', () => {
  expect(drawn([result('v', { a: holds })]).join('\n')).not.toContain('deadlock');
  expect(drawn([result('v', { a: holds }, { deadlock: [4, 'violated'] })]).join('\n')).toContain('deadlock');
  expect(drawn([result('v', { a: holds }, { deadlock: ['holds', 'violated'] })]).join('\n')).toContain('deadlock');
});

test('what has no column is said under the table', () => {
  const neverFired = [{ row: 'vcpu', step: 'work', fired: 0 }];
  const lines = drawn([
    result('first', { a: holds }),
    result('second', { a: holds }),
    result(
      'other',
      { a: ['vacuous', 'holds'] },
      { bounds: { gfn: 3, vcpu: 2 }, reachable: { aWrite: ['vacuous', 'holds'] }, neverFired },
    ),
  ]);
  expect(lines[0]).toBe('m at gfn=2, vcpu=2');
  expect(lines.slice(-4)).toEqual([
    '  other: at gfn=3',
    '  other: vacuous: the antecedent of a was never true',
    '  other: never reached: aWrite (the sentence of aWrite)',
    '  other: never fired: vcpu.work',
  ]);
});

test('a violation that no race shows is told from one of so many steps', () => {
  const made = result('v', { a: [1, 'holds'] });
  const traceless = { ...made, claims: made.claims.map((claim) => ({ ...claim, trace: undefined })) };
  expect(drawn([traceless]).join('\n')).toContain('x violated, and no race can be drawn');
});

describe('80 columns', () => {
  test('hold 23 variants with long names, and 3 claims', () => {
    const results = Array.from({ length: 23 }, (_, i) =>
      result(`mmu-lock-rmap-then-spte-then-dirty-no-flush${i % 2 ? '' : '-x'}`, {
        dirtyNeverVisibleBeforeRmap: [3, 'violated'],
        noLostWrite: [12, 'violated'],
        dirtyCovered: [10, 'violated'],
      }),
    );
    expect(drawn(results).filter((line) => line.length > 80)).toEqual([]);
  });

  test('hold 16 claims with long names, and counts of nine digits', () => {
    const claims = Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [`aClaimWithQuiteALongNameForWhatItSays${i}`, [10, 'holds'] as const]),
    );
    const lines = drawn([
      result('a-name-of-some-length-to-be-broken', claims, { states: 123456789, transitions: 987654321 }),
    ]);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.join('').replace(/[| ]/g, '')).toContain('aClaimWithQuiteALongNameForWhatItSays15');
  });
});
