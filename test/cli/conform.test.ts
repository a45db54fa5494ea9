import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pteListPolicies } from '#model';
import { PolicyLists } from '../../cli/policy-lists.ts';
import { PlainLists, type Policy } from '../recording/plain-lists.ts';
import { unpacked } from '../recording/samples.ts';
import { folder, mmucheck, tooLong } from './mmucheck.ts';

const recordings = 'test/recordings';

describe('conform', () => {
  test.each([
    ['k61-npt0/fuzz1', 'per-array-counter', 916],
    ['k612-npt0/alias_K40_shuf', 'tail-count', 158],
  ])('%s matches under %s', async (name, policy, operations) => {
    const { code, stdout, stderr } = await mmucheck([
      'conform',
      `${recordings}/${name}.ops.jsonl.gz`,
      '--policy',
      policy,
    ]);
    expect(stdout).toContain(`matched ${operations} of ${operations} operations\n`);
    expect(stdout).toContain('by the lowest set bit of its length');
    expect(tooLong(stdout, 80)).toEqual([]);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('a wrong policy is told at the first operation that differs', async () => {
    const { code, stdout } = await mmucheck([
      'conform',
      `${recordings}/k61-npt0/fuzz1.ops.jsonl.gz`,
      '--policy',
      'tail-count',
    ]);
    expect(stdout).toMatch(
      /^first difference \(of \d+\): seq \d+, add 4K:1000, field pre\.d\[0\]\.s\[0\]\n {2}the kernel had .*\n {2}the model has /m,
    );
    expect(code).toBe(12);
  });

  test('a file without list operations has nothing to compare', async () => {
    const { code, stdout } = await mmucheck([
      'conform',
      `${recordings}/k612-tdp/dirty_plain.ops.jsonl.gz`,
      '--policy',
      'tail-count',
    ]);
    expect([code, stdout]).toEqual([0, 'nothing to compare: the file holds no list operations\n']);
  });

  test.each([
    [
      'an unknown policy',
      ['x', '--policy', 'tail-coun'],
      150,
      'there is no policy tail-coun (did you mean tail-count?); the policies are tail-count, ',
    ],
    ['no policy', ['x'], 150, "required option '--policy <name>' not specified"],
    ['a file that is not there', ['nowhere', '--policy', 'tail-count'], 151, 'nowhere: cannot be read (ENOENT'],
    ['a file of another kind', ['package.json', '--policy', 'tail-count'], 151, 'package.json:1: '],
  ])('%s is refused', async (_, args, expected, sentence) => {
    const { code, stdout, stderr } = await mmucheck(['conform', ...args]);
    expect(stderr).toContain(`mmucheck: ${sentence}`);
    expect([code, stdout]).toEqual([expected, '']);
  });

  test('a recording that was cut is refused, not half reported', async () => {
    const cwd = folder({ 'cut.ops.jsonl': '{"seq":1,"op":"phase","phase":"map"}\n{"seq":2,"op":' });
    const { code, stdout, stderr } = await mmucheck(['conform', 'cut.ops.jsonl', '--policy', 'tail-count'], { cwd });
    expect(stderr).toMatch(/^mmucheck: cut\.ops\.jsonl:2: /);
    expect([code, stdout]).toEqual([151, '']);
  });
});

describe('conform of a trace', () => {
  const trace = `${recordings}/k612-npt0/huge_plain.trace.gz`;
  const lines = unpacked(readFileSync(trace)).split('\n');
  const log = readFileSync(`${recordings}/k612-npt0/huge_plain.log`, 'utf8');

  test('prints a table of rules, with what was never put to the test', async () => {
    const { code, stdout, stderr } = await mmucheck(['conform', trace, '--policy', 'tail-count']);
    expect(stdout).toMatch(/^\d+ of \d+ rules hold in test\/recordings\/k612-npt0\/huge_plain\.trace\.gz; \d+ had\n/);
    expect(stdout).toMatch(/^dirty before writable +\d+ {2}0$/m);
    expect(stdout).toMatch(/^fast path +0 {2}nothing to compare$/m);
    expect(tooLong(stdout, 80)).toEqual([]);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('is made beside list operations too', async () => {
    const file = `${recordings}/k61-npt0/hostzap_K29.ops.jsonl.gz`;
    const { code, stdout } = await mmucheck(['conform', file, '--policy', 'per-array-counter']);
    expect(stdout).toMatch(/^matched 271 of 271 operations\n/);
    expect(stdout).toMatch(/^lists as the model +\d+ {2}0$/m);
    expect(code).toBe(0);
  });

  test('tells a difference by its line, exits with 12, and writes it as JSON', async () => {
    const changed = lines.filter((line) => !line.includes('flush_all from=kvm_get_dirty_log_protect'));
    const cwd = folder({ 'w.trace': changed.join('\n'), 'w.log': log });
    const run = await mmucheck(['conform', 'w.trace', '--policy', 'tail-count', '--json', 'out.json'], { cwd });
    expect(run.stdout).toMatch(
      /^ {2}line 368, seq 295581: MARK GET_DIRTY_LOG_DONE slot=2\n {4}expected {2}flushes 1\n {4}found {5}0$/m,
    );
    expect([run.code, run.stderr]).toEqual([12, '']);
    const document = JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8'));
    expect(document).toMatchObject({ tool: 'mmucheck', file: 'w.trace', policy: 'tail-count', ok: false });
    const flushed = document.rules.find(({ name }: { name: string }) => name === 'flushed before it returns');
    expect(flushed).toMatchObject({ differences: 2, findings: [{ line: 368, expected: 'flushes 1', found: '0' }, {}] });
  });

  test('says what is not compared without the log', async () => {
    const cwd = folder({ 'w.trace': lines.join('\n') });
    const { code, stdout } = await mmucheck(['conform', 'w.trace', '--policy', 'tail-count'], { cwd });
    expect(stdout).toMatch(/^reported as marked +0 {2}nothing to compare$/m);
    expect(stdout).toMatch(
      /no \.log beside the trace: what was written, asked for and counted is not\n {2}compared\n$/,
    );
    expect(code).toBe(0);
  });

  test('is refused at the line that is no event', async () => {
    const cwd = folder({ 'w.trace': lines.with(6, '295010 240 c1 ..... tlb_asid vcpu=zero').join('\n'), 'w.log': log });
    const { code, stdout, stderr } = await mmucheck(['conform', 'w.trace', '--policy', 'tail-count'], { cwd });
    expect(stderr).toMatch(/^mmucheck: w\.trace:7: expected an event of a trimmed trace, and saw 295010 240 c1/);
    expect([code, stdout]).toEqual([151, '']);
  });

  test('as JSON has the fields that docs/recordings.md says, and no others', async () => {
    const file = `${recordings}/k61-npt0/hostzap_K29.ops.jsonl.gz`;
    const whole = await mmucheck(['conform', file, '--policy', 'per-array-counter', '--json', '-']);
    const differs = await mmucheck(['conform', file, '--policy', 'tail-count', '--json', '-']);
    expect([whole.code, differs.code]).toEqual([0, 12]);
    const documented = [...readFileSync('docs/recordings.md', 'utf8').matchAll(/^\| `([\w.[\]]+)` \|/gm)].map(
      ([, path]) => path,
    );
    const written = [whole, differs].flatMap(({ stdout }) => paths(JSON.parse(stdout)));
    expect(new Set(written)).toEqual(new Set(documented));
  });
});

/** The fields of a document, those of the lists' details left out. */
function paths(value: unknown, at = ''): string[] {
  if (Array.isArray(value) && !at.startsWith('lists.')) return value.flatMap((each) => paths(each, `${at}[]`));
  if (typeof value !== 'object' || value === null || at.startsWith('lists.')) return [at];
  return [
    ...(at === '' ? [] : [at]),
    ...Object.entries(value).flatMap(([name, each]) => paths(each, at === '' ? name : `${at}.${name}`)),
  ];
}

describe('lists run on the steps that the explorer checks', () => {
  const policies = ['tail-count', 'per-array-counter', 'first-fit'] as const satisfies readonly Policy[];

  test.each(policies)('do under %s what the description of the policy says', (policy) => {
    const model = new PolicyLists(pteListPolicies[policy]);
    const plain = new PlainLists(policy);
    const both = <Result>(run: (lists: PolicyLists | PlainLists) => Result) => {
      expect(withoutAddresses(run(model))).toEqual(withoutAddresses(run(plain)));
    };
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % below;
    };
    const held = new Map<string, string[]>([
      ['4K:1', []],
      ['parent:2', []],
    ]);
    for (let i = 0; i < 3000; i++) {
      const list = random(3) === 0 ? 'parent:2' : '4K:1';
      const sptes = held.get(list) as string[];
      const what = random(1000);
      if (what < 2) {
        both((lists) => lists.zapAll(list));
        sptes.length = 0;
      } else if (what < 600 || sptes.length === 0) {
        sptes.push(`spte${i}`);
        both((lists) => lists.add(list, `spte${i}`));
      } else {
        const [spte = ''] = sptes.splice(random(sptes.length), 1);
        both((lists) => lists.remove(list, spte));
      }
      both((lists) => lists.state(list));
      both((lists) => lists.count(list));
    }
    expect(Math.max(...[...held.values()].map(({ length }) => length))).toBeGreaterThan(28);
  });

  test.each(policies)('go on under %s from a state that was loaded', (policy) => {
    const model = new PolicyLists(pteListPolicies[policy]);
    for (let i = 0; i < 40; i++) model.add('4K:1', `spte${i}`);
    const state = model.state('4K:1');
    model.load('4K:2', state);
    expect(withoutAddresses(model.state('4K:2'))).toEqual(withoutAddresses(state));
    model.load('4K:1', { k: 'one', s: 'only' });
    expect([model.count('4K:2'), model.count('4K:1')]).toEqual([40, 1]);
    const before = model.add('4K:2', 'more');
    model.remove('4K:2', 'spte0');
    expect([before, model.count('4K:2')]).toEqual([40, 40]);
    model.load('4K:2', { k: 'empty' });
    expect(model.state('4K:2')).toEqual({ k: 'empty' });
  });

  test('hold thousands of descriptors', () => {
    const lists = new PolicyLists(pteListPolicies['tail-count']);
    for (let i = 0; i < 50_000; i++) lists.add('4K:1', `spte${i}`);
    expect(lists.count('4K:1')).toBe(50_000);
    lists.zapAll('4K:1');
    expect(lists.state('4K:1')).toEqual({ k: 'empty' });
  });
});

function withoutAddresses(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (key, each) => (key === 'a' ? undefined : each)));
}
