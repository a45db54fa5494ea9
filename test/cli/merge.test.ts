import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { part, placesOf } from '../../cli/shard.ts';
import { folder, mmucheck, type Run } from './mmucheck.ts';
import { counter, surprising } from './suite-texts.ts';

const suite = JSON.stringify({
  suites: ['./my.ts', './other.ts'],
  variants: [
    ...['mmu-lock', 'no-flush', 'dirty-then-rmap'].map((name) => ({
      variant: `dirty-log/${name}`,
      bounds: { gfn: 1, vcpu: 1 },
      ...(name === 'mmu-lock'
        ? { verdict: 'holds' }
        : { verdict: 'violated', violated: ['noLostWrite', 'dirtyCovered'] }),
      states: 100_000,
    })),
    { variant: 'counter/wrong', verdict: 'holds' },
    { variant: 'adder/not-atomic', verdict: 'violated', violated: ['small'] },
  ],
});
const cwd = folder({
  'suite.json': suite,
  'my.ts': surprising,
  'other.ts': counter.replace("name: 'counter'", "name: 'adder'"),
});
let whole: Run;
let parts: Run[];

/** A document without what differs from run to run. */
function timeless(file: string): unknown {
  const text = readFileSync(join(cwd, file), 'utf8');
  return JSON.parse(text, (key, value) => (key === 'seconds' || key === 'startedAt' ? undefined : value));
}

beforeAll(async () => {
  const run = (...more: string[]) => mmucheck(['check', '--suite', 'suite.json', ...more], { cwd });
  [whole, ...parts] = (await Promise.all([
    run('--json', 'whole.json'),
    ...[1, 2, 3].map((i) => run('--shard', `${i}/3`, '--json', `part-${i}.json`)),
  ])) as [Run, ...Run[]];
});

describe.concurrent('merge', () => {
  test('of all parts reports what the whole run reports, in words and as a document', async () => {
    const args = ['merge', 'part-3.json', 'part-1.json', 'part-2.json', '--json', 'merged.json'];
    const merged = await mmucheck(args, { cwd });
    expect(merged).toEqual(whole);
    expect(timeless('merged.json')).toEqual(timeless('whole.json'));
    expect(whole.code).toBe(16);
    expect(whole.stdout).toContain('counter/wrong: small is violated in 4 steps');
    expect(whole.stdout).toContain("mmucheck replay --suite my.ts 'counter/wrong");
    expect(parts.map(({ stdout }) => /of (\d) variants/.exec(stdout)?.[1])).toEqual(['2', '2', '1']);
  });

  test('of runs of different variants puts one after the other', async () => {
    for (const name of ['mmu-lock', 'no-flush'])
      await mmucheck([`dirty-log/${name}`, '--bounds', 'gfn=1,vcpu=1', '--json', `${name}.json`], { cwd });
    const { code, stdout } = await mmucheck(['merge', 'no-flush.json', 'mmu-lock.json'], { cwd });
    expect(stdout).toMatch(/\n {2}no-flush .*\n {2}mmu-lock [\s\S]*2 of 2 variants as expected/);
    expect(code).toBe(0);
    const again = await mmucheck(['merge', 'no-flush.json', 'no-flush.json'], { cwd });
    expect(again.stderr).toMatch(/^mmucheck: no-flush.json has what no-flush.json has too: /);
    expect(again.code).toBe(151);
  });

  test('is never green when a part is missing, twice there, or of another run', async () => {
    const missing = await mmucheck(['merge', 'part-1.json', 'part-3.json'], { cwd });
    expect(missing.stderr).toBe('mmucheck: shard 2/3 is missing; name the documents of all parts\n');
    const twice = await mmucheck(['merge', 'part-1.json', 'part-2.json', 'part-1.json'], { cwd });
    expect(twice.stderr).toBe('mmucheck: part-1.json has what part-1.json has too: shard 1/3\n');
    const mixed = await mmucheck(['merge', 'part-1.json', 'whole.json'], { cwd });
    expect(mixed.stderr).toBe('mmucheck: whole.json is a whole run, and part-1.json is shard 1/3\n');
    await mmucheck(['check', 'dirty-log', '--shard', '3/3', '--bounds', 'gfn=1,vcpu=1', '--json', 'other.json'], {
      cwd,
    });
    const other = await mmucheck(['merge', 'part-1.json', 'part-2.json', 'other.json'], { cwd });
    expect(other.stderr).toBe(
      'mmucheck: other.json is part of a run that was asked for something else than part-1.json\n',
    );
    expect(other.code).toBe(151);
    expect([missing, twice, mixed].map(({ code, stdout }) => `${code}${stdout}`)).toEqual(['151', '151', '151']);
  });

  test('says what a part has not finished, and is not green', async () => {
    const document = JSON.parse(readFileSync(join(cwd, 'part-3.json'), 'utf8'));
    const cut = { ...document, results: [], shard: { ...document.shard, places: [] }, ok: false };
    writeFileSync(join(cwd, 'cut.json'), JSON.stringify(cut));
    const { code, stdout } = await mmucheck(['merge', 'part-1.json', 'part-2.json', 'cut.json'], { cwd });
    expect(stdout).toContain('1 not finished');
    expect(code).toBe(16);
  });

  test('refuses a document that is none, and a trace that the models do not have', async () => {
    const document = JSON.parse(readFileSync(join(cwd, 'part-2.json'), 'utf8'));
    document.results[0].claims.find(({ trace }: { trace?: object }) => trace).trace.steps.shift();
    writeFileSync(join(cwd, 'forged.json'), JSON.stringify(document));
    const forged = await mmucheck(['merge', 'part-1.json', 'forged.json', 'part-3.json'], { cwd });
    expect(forged.stderr).toMatch(
      /^mmucheck: forged.json does not fit the models that are there: step \d+, .*; check again\n$/,
    );
    const none = await mmucheck(['merge', 'suite.json'], { cwd });
    expect(none.stderr).toMatch(/^mmucheck: suite.json is no document of check --json: /);
    const gone = await mmucheck(['merge', 'gone.json'], { cwd });
    expect(gone.stderr).toMatch(/^mmucheck: gone.json is no document of check --json: it cannot be read: ENOENT/);
    expect([forged, none, gone].map(({ code, stdout }) => `${code}${stdout}`)).toEqual(['151', '151', '151']);
  });
});

describe('--shard', () => {
  test('gives every variant to one part, and neighbours to different ones', () => {
    const all = [1, 2, 3].map((index) => placesOf({ index, of: 3 }, 8));
    expect(all).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5],
    ]);
  });

  test.each(['0/3', '4/3', '1', '1/0', 'a/b', '1/2/3', '-1/2'])('refuses %s', (text) => {
    expect(() => part(text)).toThrow(`--shard takes which part of how many, from 1/n to n/n, and got "${text}"`);
  });
});
