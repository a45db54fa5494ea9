import { describe, expect, it } from 'vitest';
import { conform, type ConformResult, type ListState, type RecordingLog } from '#recording';
import { PlainLists, type Policy } from './plain-lists.ts';
import { adds, played, recordingOf, spte, type Unnumbered } from './samples.ts';

const list = '4K:1000';
const fifteen = adds(list, 15);

function compared(operations: readonly Unnumbered[], policy: Policy = 'tail-count', log?: RecordingLog): ConformResult {
  return conform(recordingOf(operations, log), new PlainLists(policy));
}

/** The operation at `index`, changed. */
function altered(operations: Unnumbered[], index: number, change: object): Unnumbered[] {
  return operations.map((operation, i) => (i === index ? ({ ...operation, ...change } as Unnumbered) : operation));
}

function descriptors(state: ListState | undefined) {
  if (state?.k !== 'many') throw new Error('the list has no descriptors');
  return state.d;
}

describe('a replay', () => {
  it.each(['tail-count', 'per-array-counter', 'first-fit'] as const)('of a run of %s matches that policy', (policy) => {
    const words = [
      ...adds(list, 40),
      ...adds('parent:ff', 3),
      ...adds(list, 20).map((word) => word.replace('+', '-')),
      `0${list}`,
    ];
    const result = compared(played(policy, [...words, ...adds(list, 17)]), policy);
    expect(result).toMatchObject({
      outcome: 'matches',
      operations: 81,
      matched: 81,
      difference: undefined,
      distinguishes: true,
    });
    expect(result.resynchronisations).toEqual([]);
  });

  it('of one policy through another differs where their lists first part', () => {
    const kernel = played('tail-count', fifteen);
    const { difference, outcome, matched } = compared(kernel, 'per-array-counter');
    expect([outcome, matched]).toEqual(['differs', 14]);
    expect(difference).toMatchObject({
      seq: 15,
      op: 'add',
      list,
      field: 'post.d[0].s[0]',
      kernel: spte(14),
      model: spte(0),
    });
    expect(difference?.kernelState).toMatchObject({
      d: [
        { n: 1, t: 14 },
        { n: 14, t: 0 },
      ],
    });
    expect(difference?.modelState).toMatchObject({ d: [{ n: 14 }, { n: 1 }] });
  });

  it('compares the value that an add returned', () => {
    const { difference } = compared(played('per-array-counter', fifteen), 'first-fit');
    expect(difference).toEqual({ seq: 15, op: 'add', list, field: 'ret', kernel: '14', model: '0' });
  });

  it('of a removal that the model cannot make is a difference, and the replay goes on', () => {
    const removal = { op: 'remove', list, spte: '8', pre: { k: 'empty' }, by: 'test', post: { k: 'empty' } } as const;
    const result = compared([removal, ...played('tail-count', fifteen)]);
    expect(result).toMatchObject({ operations: 16, matched: 15, differences: 1 });
    expect(result.difference).toEqual({
      seq: 1,
      op: 'remove',
      list,
      field: 'spte',
      kernel: '8',
      model: 'no such entry in the list',
    });
  });

  it('never loads a state that differs: what follows from it differs too', () => {
    const run = played('tail-count', fifteen);
    const other = altered(run, 3, { op: 'add', spte: 'bad' });
    const result = compared(other);
    expect(result.difference).toMatchObject({ seq: 4, field: 'post.d[0].s[3]', kernel: spte(3), model: 'bad' });
    expect(result).toMatchObject({ matched: 3, differences: 23 });
  });

  it.each<[string, (state: { a: string; n: number; t: number; s: string[] }) => object, string]>([
    ['an entry', ({ s }) => ({ s: s.with(1, 'bad') }), 'pre.d[1].s[1]'],
    ['spte_count', () => ({ n: 13 }), 'pre.d[1].n'],
    ['tail_count', () => ({ t: 1 }), 'pre.d[1].t'],
    ['a missing entry', ({ s }) => ({ s: s.slice(1) }), 'pre.d[1].s[0]'],
  ])('sees %s that is not the same', (_, change, field) => {
    const run = played('tail-count', adds(list, 16));
    const last = run[15];
    if (last?.op !== 'add') throw new Error('the last operation is an add');
    const [head, tail] = descriptors(last.pre);
    const pre = { k: 'many', d: [head, { ...tail, ...change(tail as never) }] };
    expect(compared(altered(run, 15, { pre })).difference).toMatchObject({ seq: 16, field });
  });

  it('sees the number of descriptors and the form of the head word', () => {
    const run = played('tail-count', adds(list, 16));
    const [head, tail] = descriptors((run[15] as { pre: ListState }).pre);
    const short = compared(altered(run, 15, { pre: { k: 'many', d: [head] } })).difference;
    expect(short).toMatchObject({ field: 'pre.d.length', kernel: '1', model: '2' });
    const long = compared(altered(run, 15, { pre: { k: 'many', d: [head, tail, tail] } })).difference;
    expect(long).toMatchObject({ field: 'pre.d.length', kernel: '3', model: '2' });
    const form = compared(altered(run, 2, { pre: { k: 'one', s: spte(0) } })).difference;
    expect(form).toMatchObject({ field: 'pre.k', kernel: 'one', model: 'many' });
  });

  it('compares tail_count only where both have one', () => {
    const counts = (operations: Unnumbered[]) =>
      JSON.parse(JSON.stringify(operations, (key, value) => (key === 't' ? undefined : value)));
    expect(compared(counts(played('tail-count', fifteen))).outcome).toBe('matches');
    expect(compared(played('tail-count', adds(list, 14)), 'first-fit').outcome).toBe('matches');
  });
});

describe('descriptors', () => {
  const renamed = (operations: Unnumbered[], from: number, names: Record<string, string>) =>
    operations.map((operation, i) => {
      if (i < from) return operation;
      return JSON.parse(JSON.stringify(operation), (key, value) =>
        key === 'a' ? (names[value] ?? value) : value,
      ) as Unnumbered;
    });
  const two = played('tail-count', [...adds(list, 3), ...adds('4K:2', 3)]);

  it('keep their address while they live', () => {
    const moved = renamed(two, 2, { '#1': '#9' });
    const found = { seq: 3, field: 'pre.d[0].a', kernel: '#9', model: 'the descriptor that was at #1' };
    expect(compared(moved).difference).toMatchObject(found);
  });

  it('do not share an address', () => {
    const shared = renamed(two, 3, { '#2': '#1' });
    const found = {
      seq: 5,
      field: 'post.d[0].a',
      kernel: '#1',
      model: 'another descriptor than the one that is at #1',
    };
    expect(compared(shared).difference).toMatchObject(found);
  });

  it('have the address of the state that they were loaded from', () => {
    const loaded = [{ op: 'phase', phase: 'touch_untraced' } as const, ...two.slice(2, 3)];
    const moved = JSON.parse(JSON.stringify(loaded).replace(/"post":.*"#1"/, (post) => post.replace('#1', '#9')));
    expect(compared(loaded).outcome).toBe('matches');
    expect(compared(moved).difference).toMatchObject({ seq: 2, field: 'post.d[0].a', kernel: '#9' });
  });

  it('may be where one was that is gone', () => {
    const freed = played('tail-count', [...adds(list, 2), `0${list}`, ...adds('4K:2', 3)]);
    expect(compared(renamed(freed, 3, { '#2': '#1' })).outcome).toBe('matches');
  });
});

describe('a truncated state', () => {
  /** The run with each state cut as the probes cut it. */
  const cut = (operations: Unnumbered[]) =>
    JSON.parse(JSON.stringify(operations), (_, value) => {
      return value?.k === 'many' && value.d.length > 8 ? { ...value, d: value.d.slice(0, 8), trunc: true } : value;
    }) as Unnumbered[];
  const away = Array.from({ length: 4 }, (_, i) => `-${list} ${spte(i)}`);
  const run = cut(played('tail-count', [...adds(list, 115), ...away]));

  it('is compared as far as it was read, and the next whole one is loaded', () => {
    const result = compared(run);
    expect(result).toMatchObject({ outcome: 'matches', operations: 119, matched: 119 });
    // entry 113 makes the ninth descriptor; the third removal takes it away again
    expect(result.resynchronisations).toEqual([{ seq: 118, list, after: 'a truncated state' }]);
  });

  it('differs where what was read differs', () => {
    const post = JSON.parse(JSON.stringify(run[113]).replaceAll(`["${spte(112)}"`, '["bad"')).post;
    const { difference } = compared(altered(run, 113, { post }));
    expect(difference).toMatchObject({ seq: 114, field: 'post.d[0].s[0]', kernel: 'bad', model: spte(112) });
  });

  it('differs from a list of no more descriptors than it shows', () => {
    const whole = played('tail-count', adds(list, 112)).at(-1) as { post: ListState };
    const longer = altered(played('tail-count', adds(list, 112)), 111, { post: { ...whole.post, trunc: true } });
    expect(compared(longer).difference).toMatchObject({ field: 'post.d.length', kernel: 'more than 8', model: '8' });
  });

  it('is not enough to resynchronise: the list stays unknown until a whole one, and its operations are not replayed', () => {
    const lost: Unnumbered[] = [{ op: 'phase', phase: 'touch_untraced' }];
    const kernel = new PlainLists('tail-count');
    played('tail-count', adds(list, 113), kernel);
    const rest = cut(
      played(
        'tail-count',
        [...adds(list, 1, 200), `-${list} ${spte(0)}`, ...away.slice(1), ...adds(list, 1, 300)],
        kernel,
      ),
    );
    const result = compared([...lost, ...rest]);
    expect(result).toMatchObject({ outcome: 'matches', operations: 6, matched: 3, notReplayed: 3 });
    expect(result.resynchronisations).toEqual([{ seq: 4, list, after: 'an untraced phase' }]);
  });
});

describe('an untraced phase', () => {
  const untraced = { op: 'phase', phase: 'touch_untraced' } as const;
  const traced = { op: 'phase', phase: 'touch' } as const;

  it('lets every list be loaded once, from the next state recorded of it, also one that was never met', () => {
    const kernel = new PlainLists('tail-count');
    const before = played('tail-count', [...adds(list, 2), ...adds('parent:a', 2)], kernel);
    played('tail-count', [...adds(list, 20, 50), ...adds('4K:2', 3)], kernel);
    const after = played(
      'tail-count',
      [...adds(list, 2, 90), ...adds('4K:2', 2, 90), ...adds('parent:a', 1, 90)],
      kernel,
    );
    const result = compared([...before, untraced, ...after]);
    expect(result).toMatchObject({ outcome: 'matches', operations: 9, matched: 9 });
    const because = { after: 'an untraced phase' };
    expect(result.resynchronisations).toEqual([
      { seq: 6, list, ...because },
      { seq: 8, list: '4K:2', ...because },
      { seq: 10, list: 'parent:a', ...because },
    ]);
    expect(compared([...before, traced, ...after]).difference).toMatchObject({
      seq: 6,
      field: 'pre.d[0].s[0]',
      model: spte(0),
    });
  });

  it('is over for rmaps, but not for parent_ptes, once a snapshot has met all that are not empty', () => {
    const kernel = new PlainLists('tail-count');
    played('tail-count', adds(list, 2), kernel);
    const walk: Unnumbered[] = [
      { op: 'snapshot_begin', phase: 'p' },
      { op: 'seen', snapshot: 'p', list, state: kernel.state(list) },
      { op: 'snapshot_end', phase: 'p' },
    ];
    const one = { k: 'one', s: '8' } as const;
    const add = (name: string) => ({ op: 'add', list: name, spte: '10', pre: one, ret: 1, by: 'test' }) as const;
    const result = compared([
      untraced,
      ...walk,
      ...played('tail-count', adds(list, 1, 9), kernel),
      add('parent:b'),
      add('4K:3'),
    ]);
    expect(result).toMatchObject({ seen: 0, matched: 2, differences: 2 });
    expect(result.resynchronisations.map(({ seq }) => seq)).toEqual([3, 6]);
    expect(result.difference).toMatchObject({ seq: 7, list: '4K:3', field: 'pre.k', kernel: 'one', model: 'empty' });
  });

  it('leaves a list empty that the next snapshot does not meet, whatever it held before', () => {
    const walk: Unnumbered[] = [
      { op: 'snapshot_begin', phase: 'p' },
      { op: 'snapshot_end', phase: 'p' },
    ];
    const operations = [
      ...played('tail-count', adds(list, 3)),
      untraced,
      ...walk,
      ...played('tail-count', adds(list, 2, 50)),
    ];
    expect(compared(operations)).toMatchObject({ outcome: 'matches', matched: 5, resynchronisations: [] });
  });
});

describe('a snapshot', () => {
  const slot: Unnumbered = { op: 'mark', text: 'SETSLOT slot=1 gfn=1000 npages=1024 flags=0' };
  const kernel = new PlainLists('tail-count');
  const run = [
    slot,
    ...played('tail-count', [...adds(list, 6), ...adds('4K:1001', 1), ...adds('parent:a', 4)], kernel),
  ];
  const met = (name: string): Unnumbered => ({ op: 'seen', snapshot: 'map', list: name, state: kernel.state(name) });
  const begin: Unnumbered = { op: 'snapshot_begin', phase: 'map' };
  const end: Unnumbered = { op: 'snapshot_end', phase: 'map' };
  const walk = [begin, met(list), met('4K:1001'), end];
  const none = [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const stat = { '4K': [1022, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], '2M': none, '1G': none.with(0, 1) };
  const debugfs = { phase: 'map', mmu_rmaps_stat: stat, max_mmu_rmap_size: 5 };
  const debugfsOf = (row: readonly number[]) => ({ ...debugfs, mmu_rmaps_stat: { ...stat, '1G': row } });
  const log = (...snapshots: RecordingLog['snapshots']): RecordingLog => ({
    workload: 'w',
    mode: 'm',
    snapshots,
    entries: [],
  });

  it('has its histogram and its maximum from the lists of the model, parents left out', () => {
    const { snapshots, outcome, seen, seenMatched } = compared([...run, ...walk], 'tail-count', log(debugfs));
    expect([outcome, seen, seenMatched]).toEqual(['matches', 2, 2]);
    expect(snapshots).toHaveLength(1);
    expect(snapshots[0]?.rows.map(({ model }) => model)).toEqual(Object.values(stat));
    expect(snapshots[0]).toMatchObject({ seq: 16, max_mmu_rmap_size: { kernel: 5, model: 5 }, notCompared: [] });
  });

  it.each([
    [
      'a bucket',
      { ...debugfs, mmu_rmaps_stat: { ...stat, '4K': stat['4K'].with(3, 1) } },
      'mmu_rmaps_stat 4K "4-7"',
      '1',
      '0',
    ],
    ['the empty bucket', debugfsOf(none), 'mmu_rmaps_stat 1G "0"', '2', '1'],
    ['the maximum', { ...debugfs, max_mmu_rmap_size: 6 }, 'max_mmu_rmap_size', '6', '5'],
  ])('differs in %s', (_, logged, field, had, has) => {
    const { difference } = compared([...run, ...walk], 'tail-count', log(logged));
    expect(difference).toEqual({ seq: 16, op: 'snapshot_end', field, kernel: had, model: has });
  });

  it('differs from a walk that did not meet a list of the model', () => {
    const { difference } = compared([...run, begin, met(list), end]);
    expect(difference).toMatchObject({
      seq: 15,
      op: 'snapshot_end',
      list: '4K:1001',
      field: 'seen',
      model: '1 entries',
    });
  });

  it('counts only the lists that its own walk met', () => {
    const { difference } = compared([...run, ...walk, begin, met(list), end]);
    expect(difference).toMatchObject({ seq: 19, list: '4K:1001', field: 'seen' });
  });

  it('says what it did not compare', () => {
    const left = (recorded: Unnumbered[], logged: RecordingLog['snapshots'][number]) => {
      const { snapshots, outcome } = compared(recorded, 'tail-count', log(logged));
      expect(outcome).toBe('matches');
      return snapshots.flatMap(({ notCompared }) => notCompared);
    };
    expect(left([...run, ...walk], { phase: 'map' })).toEqual([
      'mmu_rmaps_stat: the file was empty, the kernel has no rmaps',
      'max_mmu_rmap_size: the kernel has no such statistic',
    ]);
    const empty = (row: readonly number[]) => row.with(0, 4711);
    const elsewhere = { '4K': empty(stat['4K']), '2M': empty(none), '1G': empty(none) };
    const noSlots = [...run.slice(1), ...walk];
    expect(left(noSlots, { ...debugfs, mmu_rmaps_stat: elsewhere })).toEqual([
      'mmu_rmaps_stat, bucket 0: no SETSLOT mark says how many rmaps there are',
    ]);
    const more = {
      k: 'many',
      d: Array.from({ length: 8 }, () => ({ a: 'a', n: 14, t: 0, s: Array<string>(14).fill('8') })),
      trunc: true,
    } as const;
    const lost: Unnumbered[] = [{ op: 'phase', phase: 'touch_untraced' }, begin];
    expect(
      left([slot, ...lost, { op: 'seen', snapshot: 'map', list, state: more }, end], debugfsOf(none.with(0, 1))),
    ).toEqual(['mmu_rmaps_stat, row 4K: a list is unknown since an untraced phase']);
  });

  it('gives the maximum again after an untraced phase, which cannot have lowered it', () => {
    const untraced: Unnumbered = { op: 'phase', phase: 'touch_untraced' };
    const higher = compared([...run, untraced, ...walk], 'tail-count', log({ ...debugfs, max_mmu_rmap_size: 9 }));
    expect(higher.outcome).toBe('matches');
    expect(higher.resynchronisations.map((each) => each.list)).toEqual([list, '4K:1001', 'max_mmu_rmap_size']);
    const lower = compared([...run, untraced, ...walk], 'tail-count', log({ ...debugfs, max_mmu_rmap_size: 4 }));
    expect(lower.difference).toMatchObject({ field: 'max_mmu_rmap_size', kernel: '4', model: '5' });
  });

  it('has the longest list that stands under a label that does not contain it', () => {
    const six = { phase: 'map', list, count: 6, label: '2-3' };
    expect(compared([...run, ...walk]).misfiled).toEqual(six);
    const shorterAfterIt = played('tail-count', [...adds(list, 6), ...adds('4K:1002', 3, 20)]);
    expect(compared([...shorterAfterIt, begin, end]).misfiled).toEqual(six);
    expect(compared([...played('tail-count', adds(list, 1)), begin, met('4K:1001'), end]).misfiled).toBeUndefined();
  });
});

describe('a result', () => {
  it('is nothing to compare where no list was recorded', () => {
    const result = compared([{ op: 'phase', phase: 'map' }]);
    expect(result).toMatchObject({ outcome: 'nothing to compare', operations: 0, matched: 0 });
  });

  it('does not distinguish the policies until a list outgrows one descriptor', () => {
    expect(compared(played('tail-count', adds(list, 14))).distinguishes).toBe(false);
    expect(compared(played('tail-count', fifteen)).distinguishes).toBe(true);
  });

  it('says whether the recording ends with the VM and with empty lists', () => {
    const end: Unnumbered = { op: 'mark', text: 'VM_DESTROY_BEGIN' };
    const run = played('tail-count', [...adds(list, 1), `-${list} ${spte(0)}`]);
    expect(compared([...run.slice(0, 1), end, ...run.slice(1)]).endsWhole).toBe(true);
    expect(compared([...run.slice(0, 1), end]).endsWhole).toBe(false);
    expect(compared(run).endsWhole).toBe(false);
  });
});
