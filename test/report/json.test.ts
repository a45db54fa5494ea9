import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Growth, growthOf } from '#explorer';
import { exitCodes, jsonDocument, type Reported, type Shard } from '#report';
import { result } from './results.ts';

const startedAt = new Date('2026-01-02T03:04:05.678Z');

/** A result in which every field is there that may be absent. */
function full(): Reported {
  const made = result('v', { a: [1, 'violated'] }, { stopped: 'states' });
  return {
    ...made,
    file: 'my.ts',
    floor: 1000,
    store: 'fingerprint',
    bits: 64,
    missed: 1e-9,
    fpSeed: 7,
    levels: [100, 1234],
    claims: made.claims.map((claim) => ({
      ...claim,
      message: 'said so',
      why: ['gfn 0: x = 1'],
      trace: claim.trace && { ...claim.trace, initial: 'bitmapClear', fewest: true, loopFrom: 0 },
    })),
  };
}

/** With its bound on gfns raised, everything that is violated holds. */
function grownOf(made: Reported): Growth[] {
  const claims = made.claims.map((claim) => ({ ...claim, outcome: 'holds' as const }));
  return [growthOf({ ...made, claims, bounds: { gfn: 1 } }, made, 'gfn')];
}

function parsed(results: readonly Reported[], ok = true, shard?: Shard) {
  return JSON.parse(jsonDocument(results, { version: '1.2.3', startedAt, ok, shard, grown: results.flatMap(grownOf) }));
}

test('the document says which tool ran when, and whether all is well', () => {
  const { results, grown, ...head } = parsed([], false);
  expect(grown).toEqual([]);
  expect(JSON.parse(jsonDocument([], { version: '1', startedAt, ok: true }))).not.toHaveProperty('grown');
  const started = '2026-01-02T03:04:05.678Z';
  expect(head).toEqual({ tool: 'mmucheck', version: '1.2.3', startedAt: started, asked: 0, ok: false });
  expect(results).toEqual([]);
  expect(jsonDocument([], { version: '1', startedAt, ok: true }).endsWith('}\n')).toBe(true);
});

test('a result says what was searched, what became of each claim, and by which steps', () => {
  const { claims, coverage, ...run } = parsed([full()]).results[0];
  expect(run).toEqual({
    model: 'm',
    variant: 'v',
    file: 'my.ts',
    bounds: { gfn: 2, vcpu: 2 },
    memory: 'sc',
    symmetry: 'off',
    workers: 1,
    store: 'fingerprint',
    bits: 64,
    missed: 1e-9,
    fpSeed: 7,
    states: 1234,
    floor: 1000,
    transitions: 56789,
    depth: 12,
    seconds: 0.5,
    bytesPerState: 40,
    outcome: 'holds',
    asExpected: true,
    stopped: 'states',
    levels: [100, 1234],
  });
  expect(coverage).toEqual([{ row: 'vcpu', step: 'work', fired: 3 }]);
  expect(claims[0]).toEqual({
    name: 'a',
    kind: 'invariant',
    sentence: 'the sentence of a',
    outcome: 'violated',
    expected: 'violated',
    message: 'said so',
    why: ['gfn 0: x = 1'],
    trace: {
      model: 'm',
      variant: 'v',
      bounds: { gfn: 2, vcpu: 2 },
      initial: 'bitmapClear',
      length: 1,
      switches: 0,
      fewest: true,
      loopFrom: 0,
      steps: [{ thread: 'vcpu0', step: 'work', args: [0], changed: [{ path: 'x', value: 1 }] }],
    },
  });
});

const shard = { index: 1, of: 2, run: 'abc', places: [0] };

describe('docs/json.md', () => {
  const text = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, path = '', type = '']) => ({
    path,
    type,
  }));

  test('has a row for every field of the document, and no other', () => {
    expect([...pathsIn(parsed([full()], true, shard))].toSorted()).toEqual(
      documented.map(({ path }) => path).toSorted(),
    );
  });

  test('lists every exit code', () => {
    const listed = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
  });

  test('says of every field that may be absent that it may', () => {
    const least = result('v', { a: ['holds', 'holds'] });
    const bare = { ...least, claims: least.claims.map((claim) => ({ ...claim, sentence: undefined })) };
    const there = new Set([...pathsIn(parsed([bare])), ...pathsIn(parsed([without(full())], true, shard))]);
    const optional = documented.filter(({ type }) => type.includes('absent')).map(({ path }) => path);
    const missing = documented.map(({ path }) => path).filter((path) => !there.has(path));
    expect(optional).toEqual(expect.arrayContaining(missing));
    expect(optional).toEqual([
      'shard',
      'results[].file',
      'results[].bits',
      'results[].fpSeed',
      'results[].missed',
      'results[].floor',
      'results[].stopped',
      'results[].levels[]',
      'results[].claims[].sentence',
      'results[].claims[].message',
      'results[].claims[].why[]',
      'results[].claims[].trace',
      'results[].claims[].trace.initial',
      'results[].claims[].trace.fewest',
      'results[].claims[].trace.loopFrom',
      'grown[]',
      'grown[].message',
      'grown[].changes[].length',
      'grown[].changes[].replay',
    ]);
  });
});

/** Without what only some traces have. */
function without(made: Reported): Reported {
  return {
    ...made,
    claims: made.claims.map((claim) => ({
      ...claim,
      trace: claim.trace && { ...claim.trace, initial: undefined, loopFrom: undefined },
    })),
  };
}

/** Every path to a value; what stands under names that a model chose is left out. */
function pathsIn(value: unknown, path = ''): Set<string> {
  const found = new Set<string>();
  if (Array.isArray(value)) {
    found.add(`${path}[]`);
    for (const each of value) for (const inner of pathsIn(each, `${path}[]`)) found.add(inner);
  } else if (typeof value === 'object' && value !== null && !path.endsWith('.bounds')) {
    if (path !== '' && !path.endsWith('[]')) found.add(path);
    for (const [field, each] of Object.entries(value))
      for (const inner of pathsIn(each, path === '' ? field : `${path}.${field}`)) found.add(inner);
  } else found.add(path);
  return found;
}
