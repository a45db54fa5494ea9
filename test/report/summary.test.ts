import { expect, test } from 'vitest';
import { summary } from '#report';
import { result } from './results.ts';

const right = result('right', { a: ['holds', 'holds'] });
const open = (variant: string) =>
  result(variant, { a: ['incomplete', 'holds'] }, { stopped: 'seconds', asExpected: false });

test('one line when all is as expected', () => {
  expect(summary([right, right])).toBe('mmucheck: 2 of 2 variants as expected');
});

test('what is not as expected is named with the reason, what is not decided with the limit, and the last line counts', () => {
  const wrong = result(
    'wrong',
    { a: [12, 'holds'], b: ['holds', 'violated'], c: ['vacuous', 'holds'], d: [1, 'holds'] },
    { reachable: { r: ['vacuous', 'holds'] }, neverFired: [{ row: 'vcpu', step: 'work', fired: 0 }], stopped: 'depth' },
  );
  expect(summary([right, wrong, open('slow'), open('slower')]).split('\n')).toEqual([
    '  m/wrong: violated, and expected to hold: a (in 12 steps), d (in 1 step);',
    '  holds, and expected to be violated: b; vacuous: c; never reached: r; never',
    '  fired: vcpu.work; the rest not decided, stopped by the limit on depth',
    '  not decided, stopped by the limit on seconds: m/slow, m/slower',
    'mmucheck: 1 of 4 variants as expected, 1 not as expected, 2 not decided',
  ]);
});

test('a step that never fires is enough not to be as expected', () => {
  const vacuous = result('v', { a: ['holds', 'holds'] }, { neverFired: [{ row: 'vcpu', step: 'work', fired: 0 }] });
  expect(summary([right, vacuous]).split('\n')).toEqual([
    '  m/v: never fired: vcpu.work',
    'mmucheck: 1 of 2 variants as expected, 1 not as expected',
  ]);
});

test('a run that was interrupted counts what is missing', () => {
  expect(summary([right], { asked: 3 })).toBe('mmucheck: 1 of 3 variants as expected, 2 not finished');
});

test.each([
  ['bad', 'what is not as expected, whatever else', [right, result('wrong', { a: [12, 'holds'] }), open('slow')], 3],
  ['open', 'what is not decided', [right, open('slow')], 2],
  ['open', 'what is not finished', [right], 2],
  ['good', 'nothing of that', [right], 1],
] as const)('the last line is painted %s by %s', (tone, _, results, asked) => {
  const painted = summary(results, { asked, paint: (how, text) => `<${how}>${text}` });
  expect(painted.split('\n').at(-1)).toMatch(new RegExp(`^<${tone}>mmucheck: `));
});
