import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { narrowed, ownSuites, variantNamed } from '../../cli/suites.ts';
import { folder, mmucheck, tooLong } from './mmucheck.ts';
import { counter } from './suite-texts.ts';

test.concurrent('show draws the shortest race to a claim, and prints the line that replays it', async () => {
  const { code, stdout, stderr } = await mmucheck(['show', 'dirty-log/dirty-then-rmap', 'noLostWrite']);
  // The race itself is the one in the README, which the test of that document compares to the letter.
  const [, race] = /```text\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) as RegExpExecArray;
  const lines = stdout.split('\n');
  expect(lines.slice(0, -2).join('\n')).toBe(race);
  expect(lines.slice(-2)).toEqual([expect.stringMatching(/^mmucheck replay '.* from bitmapClear: .*'$/), '']);
  expect([code, stderr]).toEqual([0, '']);
});

test.concurrent('show --context says under each step which function of the kernel has it, and at the end of which patch', async () => {
  const { code, stdout, stderr } = await mmucheck(['show', 'dirty-log/dirty-then-rmap', 'noLostWrite', '--context']);
  expect(stdout).toContain(`
  4                get_dirty_log(0)                      (gfn = 0)
       arch/x86/kvm/x86.c: kvm_vm_ioctl_get_dirty_log()
`);
  expect(stdout).toMatch(/tlb_fill\(0, 0\) .*\n 12 /);
  expect(stdout).toContain(`
The steps are of "KVM: MMU: update spte and add it into rmap before dirty log"
(2013).

mmucheck replay `);
  expect(tooLong(stdout.replace(/^mmucheck replay.*/m, ''), 80)).toEqual([]);
  expect([code, stderr]).toEqual([0, '']);
});

test.concurrent('show --context of a step that several functions have names each', async () => {
  const { stdout } = await mmucheck(['show', 'shadow-page-life/mode-set-after-read', '--context']);
  expect(stdout).toContain(`
       arch/x86/kvm/mmu.c: walk_shadow_page_lockless_begin() or
       arch/x86/kvm/x86.c: vcpu_enter_guest()
`);
});

test.concurrent('show --context of a model that does not say where it is in the kernel is refused', async () => {
  const { code, stdout, stderr } = await mmucheck(['show', 'litmus/sb-tso', '--context']);
  expect([code, stdout]).toEqual([150, '']);
  expect(stderr).toContain('--context: litmus does not say which functions of the kernel it is of');
});

test.concurrent('show of a variant draws every claim that it violates', async () => {
  const { code, stdout } = await mmucheck(['show', 'dirty-log/dirty-then-rmap', '--width', '100']);
  expect(stdout.match(/: \w+ is violated in \d+ steps/g)).toEqual([
    ': dirtyNeverVisibleBeforeRmap is violated in 3 steps',
    ': noLostWrite is violated in 12 steps',
    ': dirtyCovered is violated in 9 steps',
  ]);
  expect(tooLong(stdout, 100)).toEqual([]);
  expect(code).toBe(0);
});

test.concurrent('show draws an execution without end, and its line can be replayed', async () => {
  const { stdout } = await mmucheck(['show', 'museum/404381c5839d/large-spte-kept', 'faultCompletes']);
  expect(stdout).toMatch(/\n {5}for ever:\n(.*\n)+ {5}and again from step \d+\n/);
  const [, line = ''] = /^mmucheck replay '(.*)'$/m.exec(stdout) ?? [];
  const replayed = await mmucheck(['replay', line]);
  expect(replayed.stdout).toContain('Then faultCompletes is violated:\n  a page that a vCPU faults on');
  expect(tooLong(stdout.replace(/^mmucheck replay.*/m, ''), 80)).toEqual([]);
});

test.concurrent('show of somebody else’s model names the file in the replay line, which then works', async () => {
  const cwd = folder({ 'my-suite.ts': counter });
  const shown = await mmucheck(['show', 'counter/not-atomic', 'small', '--suite', 'my-suite.ts'], { cwd });
  const [, line = ''] = /^mmucheck replay --suite my-suite.ts '(.*)'$/m.exec(shown.stdout) ?? [];
  const replayed = await mmucheck(['replay', '--suite', 'my-suite.ts', line], { cwd });
  expect(replayed.stdout).toContain('small is false:\n  x stays below 3\n');
  expect([shown.code, replayed.code]).toEqual([0, 0]);
});

test.concurrent('show --diff draws another variant beside: the words that differ, and where the same schedule does', async () => {
  const args = ['show', 'dirty-log/dirty-then-rmap', 'dirtyCovered', '--diff', 'rmap-then-dirty', '--bounds', 'gfn=1'];
  const { code, stdout } = await mmucheck(args);
  expect(stdout.slice(stdout.indexOf('\n- '))).toBe(`
- dirty-then-rmap, + rmap-then-dirty:

vcpu
  page_fault(gfn)
  set_spte()
- mark_page_dirty()
  rmap_add()
+ mark_page_dirty()

dirty-log/rmap-then-dirty: the same schedule

     vcpu0          ioctl              what changed
  1  page_fault(0)                     (gfn = 0)
  2  set_spte()                        spte[0].writable = true
  3  rmap_add()                        rmap[0] = 1
  4                 get_dirty_log(0)   (gfn = 0)
  5                 clear_dirty_bit()  <- changes nothing

Step 3 is the first that differs: in dirty-then-rmap vcpu0 does
mark_page_dirty(); in rmap-then-dirty it does rmap_add() instead.
Of the schedule steps 6, 7, 8, 9 cannot be taken there.
At the end of it dirtyCovered is true.
`);
  expect(tooLong(stdout, 80)).toEqual([]);
  expect(code).toBe(0);
});

test.concurrent('show --diff says when the other variant does not start there, and refuses one that is not there', async () => {
  const fast = ['show', 'dirty-log/fast-dirty-then-spte', 'noLostWrite', '--bounds', 'gfn=1', '--diff'];
  const started = await mmucheck([...fast, 'dirty-log/mmu-lock']);
  expect(started.stdout).toContain('\n\ndirty-log/mmu-lock has no initial state writeProtected; it');
  const unknown = await mmucheck([...fast, 'mmu-lok']);
  expect(unknown.stderr).toContain('dirty-log has no variant mmu-lok (did you mean mmu-lock?)');
  expect([started.code, unknown.code]).toEqual([0, 150]);
});

describe.concurrent('where there is nothing to draw, show says why', () => {
  test.each([
    [
      'a claim that holds',
      ['dirty-log/mmu-lock', 'noLostWrite'],
      'noLostWrite holds in all 38698 states; there is no race to draw',
      16,
    ],
    [
      'a variant in which all holds',
      ['dirty-log/mmu-lock'],
      'every claim holds in all 38698 states; there is no race to draw',
      16,
    ],
    [
      'a reserved word',
      ['dirty-log/mmu-lock', 'deadlock'],
      'deadlock holds in all 38698 states; there is no race to draw',
      16,
    ],
    [
      'a reachable',
      ['dirty-log/mmu-lock', 'aWriteIsReported'],
      'aWriteIsReported is reached, as it should be; only violations are drawn',
      16,
    ],
    [
      'a search that a limit ended',
      ['dirty-log/no-flush', 'noLostWrite', '--max-depth', '4'],
      'noLostWrite is not decided: the limit on depth ended the search at 874 states without a violation',
      17,
    ],
  ])('%s', async (_, args, sentence, expected) => {
    const { code, stdout } = await mmucheck(['show', ...args]);
    expect(stdout.replace(/\s+/g, ' ').replace(/ \d+ states without/, ' 874 states without')).toBe(
      `${args[0]}: ${sentence} `,
    );
    expect(tooLong(stdout, 80)).toEqual([]);
    expect(code).toBe(expected);
  });
});

test('the race of a claim by itself is the one that it has among all claims', () => {
  for (const name of ['dirty-log/no-flush', 'dirty-log/mmu-lock-no-flush', 'museum/404381c5839d/large-spte-kept']) {
    const { suite, variant } = variantNamed(name, ownSuites());
    const bounds = { gfn: 1 };
    const all = checkVariant(suite, variant, { bounds }).claims.filter(({ outcome }) => outcome === 'violated');
    expect(all.length).toBeGreaterThan(1);
    for (const claim of all) {
      const alone = checkVariant(narrowed(suite, claim.name), variant, { bounds }).claims;
      expect(alone.find((each) => each.name === claim.name)).toEqual(claim);
      expect(alone.filter(({ kind }) => kind !== 'reserved')).toHaveLength(1);
    }
  }
});

test('show --diff says that a step differs inside, where the lists have the same names', async () => {
  const { code, stdout } = await mmucheck([
    'show',
    'rmap-lock/locked-by-store',
    'mutualExclusion',
    '--diff',
    'lock-bit',
  ]);
  const flat = stdout.replace(/\s+/g, ' ');
  expect(flat).toContain(
    'locked-by-store and lock-bit list steps of the same names in the same order; what differs is',
  );
  expect(flat).toContain(
    'Step 7 is the first that comes to something else: try_cmpxchg_acquire() is not the same in lock-bit. At the end of it mutualExclusion is true.',
  );
  expect(code).toBe(0);
});

test('show --diff finds nothing between a variant and itself', async () => {
  const own = ['show', 'dirty-log/fast-dirty-then-spte', 'noLostWrite', '--bounds', 'gfn=1'];
  const { stdout } = await mmucheck([...own, '--diff', 'fast-dirty-then-spte']);
  expect(stdout).toContain('fast-dirty-then-spte is compared with itself');
  expect(stdout).toContain('Every step is the same in fast-dirty-then-spte.\nAt the end of it noLostWrite is false.');
});
