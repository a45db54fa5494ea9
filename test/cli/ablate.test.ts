import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { vmReferenceSuite } from '#invariants';
import { folder, mmucheck, tooLong } from './mmucheck.ts';
import { counter, withInstead } from './suite-texts.ts';

const small = ['--bounds', 'gfn=1,vcpu=1'];

test.concurrent('ablate says of each line of a variant what becomes of it without it', async () => {
  const { code, stdout, stderr } = await mmucheck(['ablate', 'dirty-log/rmap-then-dirty', ...small]);
  expect(stdout.replace(/[\d]+ states/, 'n states')).toBe(`\
dirty-log/rmap-then-dirty: without each line, and with each two neighbours
swapped
gfn=1, vcpu=1, ioctl=1, n states as it is

vcpu
  page_fault(gfn)              throws: vcpu0.set_spte read vcpu0.gfn, which is
                               not set
    swapped                    throws: vcpu0.set_spte read vcpu0.gfn, which is
                               not set
  set_spte()                   vacuous: actions.tlb_fill, actions.guest_write
                               never happen; aWriteIsReported,
                               aTlbOutlivesItsSpte are not reached; dirtyCovered
                               is never put to the test
    swapped                    not shown needed
  rmap_add()                   needed: dirtyCovered in 8 steps, noLostWrite in
                               10
    swapped                    needed: dirtyNeverVisibleBeforeRmap in 3 steps,
                               dirtyCovered in 8 and 1 more
  mark_page_dirty()            needed: dirtyCovered in 2 steps, noLostWrite in 5

ioctl
  get_dirty_log(gfn)           throws: ioctl0.clear_dirty_bit read ioctl0.gfn,
                               which is not set
    swapped                    throws: ioctl0.clear_dirty_bit read ioctl0.gfn,
                               which is not set
  clear_dirty_bit()            not shown needed
    swapped                    needed: dirtyCovered in 9 steps, noLostWrite in
                               11
  rmap_write_protect()         needed: dirtyCovered in 8 steps, noLostWrite in
                               10
    swapped                    needed: dirtyCovered in 10 steps, noLostWrite in
                               11
  kvm_flush_remote_tlbs(vcpu)  needed: dirtyCovered in 9 steps, noLostWrite in
                               10
    swapped                    needed: dirtyCovered in 9 steps, noLostWrite in
                               11
  copy_to_user()               needed: dirtyCovered in 6 steps, noLostWrite in
                               10

mmucheck: 16 edits of 1 variant: 9 needed, 2 not shown needed, 1 vacuous, 4
throws
`);
  expect(tooLong(stdout, 80)).toEqual([]);
  expect([code, stderr]).toEqual([0, '']);
});

test.concurrent('the lines that --replay adds, and those of the JSON document, replay what breaks', async () => {
  const drawn = await mmucheck(['ablate', 'dirty-log/fast-spte-then-dirty', '--replay', ...small]);
  const lines = [...drawn.stdout.matchAll(/^mmucheck replay '(.*)'$/gm)].map(([, line]) => line as string);
  const written = await mmucheck(['ablate', 'dirty-log/fast-spte-then-dirty', '--json', '-', ...small]);
  const { ablations, ok } = JSON.parse(written.stdout);
  const rows = ablations[0].threads.flatMap(({ rows: each }: { rows: object[] }) => each);
  const findings = rows.flatMap(({ finding }: { finding?: object }) => finding ?? []);
  const inJson = findings.flatMap(
    (each: { replay?: string; breaks?: { replay: string }[] }) => each.breaks?.[0]?.replay ?? each.replay ?? [],
  );
  expect(lines.length).toBeGreaterThan(8);
  expect(inJson).toEqual(lines);
  const [first, last] = await Promise.all([lines[0], lines.at(-1)].map((line) => mmucheck(['replay', line as string])));
  expect(first?.stdout).toContain('Step 1 fails:');
  expect(last?.stdout).toContain('dirtyCovered is false:');
  expect([first?.code, last?.code, ok]).toEqual([0, 0, true]);
});

test.concurrent('the document names every field of what --json writes, and that of a file is the same', async () => {
  const cwd = folder();
  const args = ['ablate', 'dirty-log/fast-spte-then-dirty', ...small, '--json'];
  const [written, printed] = await Promise.all([mmucheck([...args, 'out.json'], { cwd }), mmucheck([...args, '-'])]);
  const { startedAt: _, ...document } = JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8'));
  expect(JSON.parse(printed.stdout)).toMatchObject(document);
  expect(written.stdout).toContain('mmucheck: 14 edits of 1 variant');
  const text = readFileSync('docs/is-this-step-needed.md', 'utf8');
  const unnamed = fieldsIn(document, ['bounds']).filter(
    (field) => !new RegExp(`[.\`]${field}(\\[\\])?[.\`\\[]`).test(text),
  );
  expect(unnamed).toEqual([]);
  const folderInstead = await mmucheck([...args, '.'], { cwd });
  expect([folderInstead.stderr.trim(), folderInstead.code]).toEqual([
    'mmucheck: --json: . is a folder; name a file',
    150,
  ]);
});

test.concurrent('of a model every variant is tried that violates nothing; of a file too, or ablate says that there is none', async () => {
  const cwd = folder({ 'my-suite.ts': counter });
  const model = await mmucheck(['ablate', 'vm-reference', '--json', '-']);
  const right = Object.entries(vmReferenceSuite.violated).flatMap(([name, broken]) =>
    broken.length === 0 ? [name] : [],
  );
  const tried = JSON.parse(model.stdout).ablations.map(({ variant }: { variant: string }) => variant);
  expect(tried).toEqual(right);
  const none = await mmucheck(['ablate', './my-suite.ts'], { cwd });
  expect(none.stderr).toContain('every variant of ./my-suite.ts violates something; name the one you mean');
  const named = await mmucheck(['ablate', 'counter/not-atomic', '--suite', './my-suite.ts'], { cwd });
  expect(named.stdout).toMatch(/store\(\) +vacuous|store\(\) +not shown needed; mends small/);
  expect([model.code, none.code, named.code]).toEqual([0, 150, 0]);
});

test.concurrent('a variant that is named twice is tried once; a derived one can be tried as well', async () => {
  const derived = 'dirty-log/fast-spte-then-dirty:without=ioctl.clear_dirty_bit';
  const twice = ['dirty-log/fast-spte-then-dirty', 'dirty-log/fast-spte-then-dirty', derived];
  const { code, stdout } = await mmucheck(['ablate', ...twice, ...small]);
  expect(stdout.match(/^dirty-log\/\S+:/gm)).toEqual(['dirty-log/fast-spte-then-dirty:', `${derived}:`]);
  expect(stdout).toContain('mmucheck: 26 edits of 2 variants: ');
  expect(code).toBe(0);
});

test.concurrent('what a limit leaves open is incomplete', async () => {
  const { code, stdout } = await mmucheck(['ablate', 'dirty-log/mmu-lock', ...small, '--max-depth', '3']);
  expect(stdout.replace(/\s+/g, ' ')).toContain('incomplete: what is edited is stopped by the limit on depth');
  expect(code).toBe(17);
});

test.concurrent('a list that cannot be without a step does not compile', async () => {
  const text = withInstead(`
function again(s: State): Next {
  return s.x < 2 ? load : undefined;
}
export const loops = suite(
  model({ name: 'loops', about, state, bounds: { cpu: 1 }, variants: { right: { cpu: [load, both, again] } } }),
  { invariants: {}, violated: { right: [] } },
);`);
  const { stdout, code } = await mmucheck(['ablate', './loops.ts'], { cwd: folder({ 'loops.ts': text }) });
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    'load() does not compile: cpu lists again, which returns load, and load is not in the list',
  );
  expect(code).toBe(0);
});

describe.concurrent('with --cache', () => {
  const args = ['ablate', 'counter/not-atomic', '--suite', './my-suite.ts', '--cache', 'kept'];
  const files = (cwd: string) => readdirSync(join(cwd, 'kept'));

  test('results are kept, and taken instead of a search', async () => {
    const cwd = folder({ 'my-suite.ts': counter });
    const first = await mmucheck(args, { cwd });
    const kept = files(cwd);
    expect(kept.length).toBe(4);
    const again = await mmucheck(args, { cwd });
    expect(again.stdout).toBe(first.stdout);
    expect(files(cwd)).toEqual(kept);
  });

  test('one that was changed, cut off or moved is not believed', async () => {
    const cwd = folder({ 'my-suite.ts': counter });
    const first = await mmucheck(args, { cwd });
    const [a, b, c, d] = files(cwd).map((file) => join(cwd, 'kept', file)) as [string, string, string, string];
    const texts = new Map([a, b, c, d].map((file) => [file, readFileSync(file, 'utf8')]));
    writeFileSync(
      a,
      (texts.get(a) as string).replaceAll('"violated"', '"holds"').replaceAll(/"states":\d+/g, '"states":7'),
    );
    writeFileSync(b, (texts.get(b) as string).slice(0, -20));
    writeFileSync(c, texts.get(d) as string);
    writeFileSync(d, '');
    const again = await mmucheck(args, { cwd });
    expect([again.stdout, again.code]).toEqual([first.stdout, 0]);
    for (const [file, text] of texts) expect(withoutTimes(readFileSync(file, 'utf8'))).toBe(withoutTimes(text));
  });

  test('a file that differs, or one that it imports, has results of its own', async () => {
    const cwd = folder({ 'my-suite.ts': `import './other.ts';\n${counter}`, 'other.ts': 'export {};' });
    await mmucheck(args, { cwd });
    expect(files(cwd)).toHaveLength(4);
    writeFileSync(join(cwd, 'other.ts'), 'export {}; //  new');
    await mmucheck(args, { cwd });
    expect(files(cwd)).toHaveLength(8);
    await mmucheck([...args, '--bounds', 'cpu=1'], { cwd });
    expect(files(cwd)).toHaveLength(12);
  });

  test('what a limit stopped is not kept', async () => {
    const cwd = folder();
    await mmucheck(['ablate', 'dirty-log/mmu-lock', ...small, '--max-depth', '3', '--cache', 'kept'], { cwd });
    expect(files(cwd)).toEqual([]);
  });

  test.each([
    ['a package', `import('typescript')`, /imports typescript, whose text cannot be looked at; leave --cache out/],
    ['a computed name', 'import(String(about))', /imports something by a computed name/],
  ])('%s in a suite file is refused', async (_, call, sentence) => {
    const cwd = folder({ 'my-suite.ts': `${counter}\nconst lazy = () => ${call};` });
    const { code, stderr } = await mmucheck(args, { cwd });
    expect(stderr).toMatch(sentence);
    expect(code).toBe(150);
    expect(files(cwd)).toEqual([]);
  });

  test('a folder that cannot be made is named', async () => {
    const cwd = folder({ kept: 'a file' });
    const { code, stderr } = await mmucheck(['ablate', 'dirty-log/mmu-lock', ...small, '--cache', 'kept'], { cwd });
    expect(stderr).toContain('--cache: kept cannot be used: ');
    expect(code).toBe(153);
  });
});

function withoutTimes(text: string): string {
  return text.replaceAll(/\\?"seconds\\?":[\d.e-]+|"sum":"\w+"/g, '');
}

/** The names of all fields of a document, but of what stands under some. */
function fieldsIn(value: unknown, leavingOut: readonly string[]): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => fieldsIn(each, leavingOut)))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, each]) => [
    field,
    ...(leavingOut.includes(field) ? [] : fieldsIn(each, leavingOut)),
  ]);
}

test.concurrent('under pso each barrier is weakened too; what orders loads is not decidable there', async () => {
  const { code, stdout, stderr } = await mmucheck(['ablate', 'litmus/mp-wmb-rmb-pso']);
  expect(stdout).toContain(`\
litmus/mp-wmb-rmb-pso: without each line, with each barrier and atomic weakened,
and with each two neighbours swapped
`);
  expect(stdout).toContain(`\
  smp_wmb()         needed: noRelaxedOutcome in 9 steps
    weakened        needed: noRelaxedOutcome in 10 steps
`);
  expect(stdout).toContain(`\
  smp_rmb()         not shown needed
    weakened        not decidable under this order: no load is late
`);
  expect(stdout).toContain(', 1 not decidable,\n');
  expect(tooLong(stdout, 80)).toEqual([]);
  expect([code, stderr]).toEqual([0, '']);
});
