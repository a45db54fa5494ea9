import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from 'tap-parser';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { answered, folder, mmucheck } from './mmucheck.ts';
import { counter, surprising } from './suite-texts.ts';

const root = join(import.meta.dirname, '../..');
const small = ['--bounds', 'gfn=1,vcpu=1'];

describe.concurrent('documents of a check', () => {
  test('are written beside the matrix, all of one run', async () => {
    const cwd = folder({ 'my.ts': surprising });
    const args = ['check', './my.ts', '--junit', 'a.xml', '--sarif', 'a.sarif', '--tap', 'a.tap', '--json', 'a.json'];
    const { code, stdout } = await mmucheck(args, { cwd });
    const text = (name: string) => readFileSync(join(cwd, name), 'utf8');
    expect(stdout).toContain('0 of 1 variants as expected');
    expect(text('a.xml')).toContain('<testcase name="small" classname="counter/wrong">');
    const { physicalLocation } = JSON.parse(text('a.sarif')).runs[0].results[0].locations[0];
    const at = surprising.split('\n').findIndex((line) => line.includes('wrong:')) + 1;
    expect(physicalLocation).toEqual({ artifactLocation: { uri: 'my.ts' }, region: { startLine: at } });
    expect(text('a.tap')).toMatch(/^KTAP version 1\n1\.\.1\n/);
    expect(JSON.parse(text('a.json')).results[0].file).toBe('./my.ts');
    expect(code).toBe(12);
  });

  test('may have standard output, one of them', async () => {
    const { code, stdout } = await mmucheck(['dirty-log/no-flush', ...small, '--tap', '-']);
    const parser = new Parser();
    parser.end(stdout);
    expect([parser.results?.ok, parser.results?.count, code]).toEqual([true, 1, 0]);
    const both = await mmucheck(['dirty-log/no-flush', '--tap', '-', '--junit', '-']);
    expect(both.stderr).toBe('mmucheck: --junit and --tap cannot both have standard output; give one of them a file\n');
    const same = await mmucheck(['dirty-log/no-flush', '--tap', 'x', '--junit', 'x'], { cwd: folder() });
    expect(same.stderr).toBe('mmucheck: --tap: x is written by another option too; name another file\n');
    expect([both.code, same.code]).toEqual([150, 150]);
  });

  test('go to GitHub where it asks: annotations beside the results, the summary after what is there', async () => {
    const cwd = folder({ 'my.ts': surprising, 'summary.md': 'before\n' });
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') };
    const { stdout, stderr } = await mmucheck(['check', './my.ts', '--json', '-'], { cwd, env });
    expect(JSON.parse(stdout).ok).toBe(false);
    expect(stderr).toMatch(/^::error file=my.ts,line=\d+,title=counter\/wrong::small is violated in 4 steps%0A/);
    expect(readFileSync(join(cwd, 'summary.md'), 'utf8')).toMatch(/^before\n## mmucheck\n/);
    const elsewhere = await mmucheck(['check', './my.ts'], { cwd, env: { GITHUB_ACTIONS: '' } });
    expect(elsewhere.stderr).toBe('');
  });
});

describe.concurrent('show', () => {
  test('writes the trace of a claim as ITF, and as a picture', async () => {
    const cwd = folder({ 'my.ts': counter });
    const args = ['show', 'counter/not-atomic', 'small', '--suite', './my.ts', '--itf', 'a.itf.json', '--svg', 'a.svg'];
    const { code, stdout } = await mmucheck(args, { cwd });
    expect(JSON.parse(readFileSync(join(cwd, 'a.itf.json'), 'utf8')).states).toHaveLength(7);
    expect(readFileSync(join(cwd, 'a.svg'), 'utf8')).toContain('mmucheck replay --suite ./my.ts');
    expect([stdout.includes('small is violated in 6 steps'), code]).toEqual([true, 0]);
  });

  test('prints it in place of the race, and asks for a claim where there are several', async () => {
    const printed = await mmucheck(['show', 'dirty-log/no-flush', 'noLostWrite', ...small, '--itf', '-']);
    expect(JSON.parse(printed.stdout)['#meta'].status).toBe('violation');
    const several = await mmucheck(['show', 'dirty-log/no-flush', ...small, '--svg', '-']);
    expect(several.stderr).toBe(
      'mmucheck: --svg is of one trace, and dirty-log/no-flush violates noLostWrite, dirtyCovered; name one of them\n',
    );
    expect([several.code, several.stdout]).toEqual([150, '']);
  });
});

describe.concurrent('graph', () => {
  test('prints the states and steps for Graphviz', async () => {
    const { code, stdout } = await mmucheck(['graph', 'dirty-log/no-flush', ...small]);
    expect(stdout).toMatch(/^strict digraph DiskGraph \{\n/);
    expect(stdout).toContain('label="dirty-log/no-flush: 131 of 131 states"');
    expect(code).toBe(0);
  });

  test('draws as many states as it may, around the trace of a claim', async () => {
    const cwd = folder();
    const args = [
      'graph',
      'dirty-log/no-flush',
      'dirtyCovered',
      ...small,
      '--nodes',
      '20',
      '--svg',
      'a.svg',
      '--dot',
      'a.dot',
    ];
    const { code, stdout } = await mmucheck(args, { cwd });
    const svg = readFileSync(join(cwd, 'a.svg'), 'utf8');
    expect(svg.match(/class="node"/g)).toHaveLength(20);
    expect(readFileSync(join(cwd, 'a.dot'), 'utf8')).toContain('20 of 131 states');
    expect([code, stdout]).toEqual([0, '']);
  });

  test('gives the automaton of an object, and the nearest name of one that is not there', async () => {
    const { stdout } = await mmucheck(['graph', 'dirty-log/no-flush', ...small, '--rv', 'spte[0]']);
    expect(stdout).toContain('\t"writable_false" -> "writable_true" [ label = "set_spte" ];\n');
    const none = await mmucheck(['graph', 'dirty-log/no-flush', ...small, '--rv', 'spte[1]']);
    expect(none.stderr).toMatch(
      /^mmucheck: dirty-log\/no-flush has no object spte\[1\] \(did you mean spte\[0\]\?\); its state has mmu_lock, /,
    );
    expect(none.code).toBe(150);
  });

  test('is refused where a limit ended the search, and around a claim that is not violated', async () => {
    const ended = await mmucheck(['graph', 'dirty-log/no-flush', '--max-states', '10']);
    expect(ended.stderr).toMatch(
      /^mmucheck: dirty-log\/no-flush: the limit on states ended the search at \d+ states, and a graph needs all/,
    );
    const holds = await mmucheck(['graph', 'dirty-log/mmu-lock', 'noLostWrite', ...small]);
    expect(holds.stderr).toMatch(/^mmucheck: dirty-log\/mmu-lock: noLostWrite is not violated; /);
    expect([ended.code, ended.stdout, holds.code, holds.stdout]).toEqual([17, '', 16, '']);
  });

  test('is laid out within a time limit, or not at all', async () => {
    const { svgOf } = await import(join(root, 'dist/cli/layout.js'));
    await expect(svgOf('digraph { a -> b }', 0.001)).rejects.toThrow(
      'the graph cannot be laid out within 0.001 s; lower --nodes',
    );
    expect(await svgOf('digraph { a -> b }', 30)).toContain('<title>a&#45;&gt;b</title>');
    await expect(svgOf('digraph {', 30)).rejects.toThrow('syntax error');
  });
});

describe('docs/formats.md', () => {
  const text = readFileSync(join(root, 'docs/formats.md'), 'utf8');

  test('names only verbs and options that there are', async () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    const named = rows.flatMap((row) => [...row.matchAll(/`(check|merge|show|graph) [^`]*`/g)]);
    for (const verb of ['check', 'merge', 'show', 'graph']) {
      const { stdout } = await answered([verb, '--help']);
      const options = named.filter(([, of]) => of === verb).flatMap(([command]) => command.match(/--[\w-]+/g) ?? []);
      expect(options.filter((option) => !stdout.includes(`  ${option} `))).toEqual([]);
      expect(options.length).toBeGreaterThan(0);
    }
  });

  test('shows a suite file that passes', async () => {
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? [];
    const cwd = folder({ 'my-patch.ts': counter, 'suite.json': example });
    const { code, stdout } = await mmucheck(['check', '--suite', 'suite.json'], { cwd });
    expect(stdout).toContain('1 of 1 variants as expected');
    expect(code).toBe(0);
  });
});

describe('the workflow for GitHub Actions', () => {
  interface Step {
    readonly run?: string;
    readonly uses?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }
  const workflow = parse(readFileSync(join(root, 'docs/ci/mmucheck.yml'), 'utf8')) as {
    jobs: Record<string, { needs?: string; if?: string; strategy?: { matrix: { shard: number[] } }; steps: Step[] }>;
  };
  const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const commands = runs.filter((run) => run.startsWith('npx mmucheck ')).map((run) => run.split(/\s+/).slice(2));

  test('names only verbs and options that there are', async () => {
    expect(commands.map(([verb]) => verb)).toEqual(['check', 'merge']);
    for (const [verb = '', ...args] of commands) {
      const { stdout } = await answered([verb, '--help']);
      const named = args.filter((arg) => arg.startsWith('--'));
      expect(named.filter((option) => !stdout.includes(`  ${option} `))).toEqual([]);
      expect(named.length).toBeGreaterThan(2);
    }
  });

  test('checks as many parts as it says there are, and reports them whatever becomes of them', () => {
    const { check, report } = workflow.jobs;
    const shards = check?.strategy?.matrix.shard ?? [];
    expect(shards).toEqual(shards.map((_, i) => i + 1));
    expect(commands[0]).toContain(`}}/${shards.length}`);
    expect([report?.needs, report?.if]).toEqual(['check', 'always()']);
  });

  test('comes to the verdict of the whole run, run here as it stands', async () => {
    const cwd = folder({ 'my.ts': counter });
    const variants = [{ variant: 'counter/not-atomic', verdict: 'violated', violated: ['small'], states: 10 }];
    const suite = JSON.stringify({ suites: ['./my.ts'], variants });
    writeFileSync(join(cwd, 'mmucheck.suite.json'), suite);
    writeFileSync(join(cwd, 'before.json'), suite);
    const [check = [], merge = []] = commands;
    const files = [1, 2, 3, 4].map((shard) => `shard-${shard}.json`);
    for (const [i] of files.entries()) {
      const line = check.join(' ').replaceAll('${{ matrix.shard }}', String(i + 1));
      expect((await mmucheck(line.split(' '), { cwd })).code).toBe(0);
    }
    const { code, stdout } = await mmucheck(
      merge.flatMap((arg) => (arg === 'shard-*.json' ? files : [arg])),
      { cwd },
    );
    expect(stdout).toContain('mmucheck: 1 of 1 variants as expected');
    expect(code).toBe(0);
  });
});
