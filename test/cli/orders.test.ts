import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dirtyLogSuite } from '#invariants';
import { mmucheck, tooLong } from './mmucheck.ts';

interface Tried {
  readonly steps: readonly string[];
  readonly safe: boolean;
  readonly finding: { readonly kind: string; readonly breaks?: readonly { readonly name: string }[] };
}

async function ordersOf(variant: string, of: string): Promise<Map<string, Tried>> {
  const { stdout, code } = await mmucheck(['orders', `dirty-log/${variant}`, '--of', of, '--json', '-']);
  expect(code).toBe(0);
  const tried: Tried[] = JSON.parse(stdout).orders.orders;
  return new Map(tried.map((each) => [each.steps.map((step) => letters[step]).join(' '), each]));
}

const letters: Readonly<Record<string, string>> = {
  set_spte: 'W',
  rmap_add: 'R',
  mark_page_dirty: 'B',
  fast_pf_fix_direct_spte: 'W',
};

describe.concurrent('the table of the dirty log comes out: a fault is safe when the dirty bit comes last, or under mmu_lock', () => {
  const of = 'mark_page_dirty,set_spte,rmap_add';
  const lockless = {
    'W R B': 'rmap-then-dirty',
    'R W B': 'rmap-then-spte-then-dirty',
    'W B R': 'dirty-then-rmap',
    'R B W': 'rmap-then-dirty-then-spte',
    'B W R': 'dirty-then-spte-then-rmap',
    'B R W': 'dirty-then-rmap-then-spte',
  } as const;

  test('without a lock', async () => {
    const tried = await ordersOf('rmap-then-dirty', of);
    expect([...tried.keys()].toSorted()).toEqual(Object.keys(lockless).toSorted());
    for (const [order, variant] of Object.entries(lockless)) {
      const { safe, finding } = tried.get(order) as Tried;
      const broken = finding.breaks?.map(({ name }) => name) ?? [];
      expect([order, safe]).toEqual([order, order.endsWith('B')]);
      expect(broken.toSorted()).toEqual([...(dirtyLogSuite.violated[variant] ?? [])].toSorted());
    }
  });
  test('under mmu_lock', async () => {
    const tried = await ordersOf('mmu-lock', of);
    expect([...tried.values()].map(({ safe }) => safe)).toEqual([true, true, true, true, true, true]);
  });
  test('of the fast page fault', async () => {
    const tried = await ordersOf('fast-spte-then-dirty', 'mark_page_dirty,fast_pf_fix_direct_spte');
    expect([...tried].map(([order, { safe }]) => [order, safe])).toEqual([
      ['W B', true],
      ['B W', false],
    ]);
  });
});

test.concurrent('the table in the document is the one that is printed', async () => {
  const text = readFileSync('docs/is-this-step-needed.md', 'utf8');
  const [, table] = /```text\n([\s\S]*?)```/.exec(text) as RegExpExecArray;
  const of = ['--of', 'set_spte,rmap_add,mark_page_dirty'];
  expect((await mmucheck(['orders', 'dirty-log/rmap-then-dirty', ...of])).stdout).toBe(table);
});

test.concurrent('the table begins with the order as it is, and says what each other one breaks', async () => {
  const args = ['orders', 'dirty-log/dirty-then-rmap', '--of', 'rmap_add,mark_page_dirty', '--bounds', 'gfn=1,vcpu=1'];
  const { stdout, code } = await mmucheck(args);
  expect(stdout.replace(/\d+ states/, 'n states')).toBe(`\
dirty-log/dirty-then-rmap: orders of mark_page_dirty, rmap_add in vcpu
gfn=1, vcpu=1, ioctl=1, n states as it is

  mark_page_dirty, rmap_add  breaks no more than dirty-then-rmap
  rmap_add, mark_page_dirty  holds, and mends dirtyNeverVisibleBeforeRmap,
                             noLostWrite, dirtyCovered

mmucheck: 1 of 2 orders are safe; 1 breaks no more than dirty-then-rmap
`);
  expect(tooLong(stdout, 80)).toEqual([]);
  expect(code).toBe(0);
});

test.concurrent('an order that cannot be executed says so, and one that is not decided ends in 17', async () => {
  const early = await mmucheck(['orders', 'dirty-log/mmu-lock', '--of', 'page_fault,set_spte', '--bounds', 'gfn=1']);
  expect(early.stdout.replace(/\s+/g, ' ')).toContain('set_spte, page_fault throws: vcpu0.set_spte read vcpu0.gfn');
  const stopped = await mmucheck(['orders', 'dirty-log/mmu-lock', '--of', 'rmap_add,set_spte', '--max-depth', '2']);
  expect(stopped.stdout).toContain('incomplete: ');
  expect([early.code, stopped.code]).toEqual([0, 17]);
});

describe.concurrent('steps that cannot be ordered are refused', () => {
  test.each([
    ['one alone', 'set_spte', '--of takes two to 7 steps, as in --of set_spte,rmap_add, and got "set_spte"'],
    ['one twice', 'set_spte,set_spte', '--of names set_spte twice; the second one of a list is set_spte@2'],
    [
      'an unknown one',
      'set_sptee,rmap_add',
      'has no step set_sptee (did you mean set_spte?); its steps are page_fault,',
    ],
    ['those of two threads', 'set_spte,copy_to_user', 'set_spte, copy_to_user are not all steps of one thread'],
    ['a lock', 'mmu_lock,set_spte', 'has no step mmu_lock'],
  ])('%s', async (_, of, sentence) => {
    const { code, stderr } = await mmucheck(['orders', 'dirty-log/mmu-lock', '--of', of]);
    expect(stderr).toContain(sentence);
    expect(code).toBe(150);
  });
});
