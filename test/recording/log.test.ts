import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLog, RecordingError } from '#recording';
import { kept, thrown } from './samples.ts';

const row = [3072, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const workload = { t: 'workload', name: 'alias', mode: 'k61-npt0' };
const quality = {
  t: 'trace_quality',
  entries: 9,
  overrun: 0,
  commit_overrun: 0,
  dropped: 0,
  kprobes_missed_since_boot: 0,
};
const snapshot = {
  t: 'snapshot',
  phase: 'map',
  mmu_rmaps_stat: { '4K': row, '2M': row, '1G': row },
  vm: { max_mmu_rmap_size: 14 },
  vcpus_sum: {},
};
const read = (...lines: object[]) => readLog(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 'x.log');

describe('the log beside a recording', () => {
  it('gives the workload, its mode and what debugfs said at each snapshot', () => {
    const file = join(kept, 'k61-npt0/alias_K15_shuf.log');
    const log = readLog(readFileSync(file, 'utf8'), file);
    expect([log.workload, log.mode]).toEqual(['alias_K15_shuf', 'k61-npt0']);
    expect(log.snapshots.map(({ phase }) => phase)).toEqual([
      'init',
      'map',
      'unmap_half',
      'remap_quarter',
      'unmap_all',
    ]);
    expect(log.snapshots[1]?.mmu_rmaps_stat?.['4K']).toEqual([3055, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(log.snapshots[1]?.max_mmu_rmap_size).toBe(14);
  });

  it('has no histogram where the file was empty and no maximum where the kernel has none', () => {
    const log = read(
      workload,
      { ...snapshot, mmu_rmaps_stat: {}, vm: { max_mmu_rmap_size: -1 } },
      { t: 'desc' },
      quality,
    );
    expect(log.snapshots).toEqual([{ phase: 'map' }]);
  });

  it('gives what the script asked for and the guest wrote, in its order', () => {
    const entries = [
      { t: 'phase', phase: 'map' },
      { t: 'truth_written', pages: [3, 4] },
      { t: 'get_dirty_log', slot: 1, pages: [3, 4], count: 2 },
      { t: 'clear_dirty_log', slot: 1, first: 0, n: 64 },
    ];
    const log = read(workload, ...entries.slice(0, 2), snapshot, ...entries.slice(2), quality);
    expect(log.entries).toEqual([
      { t: 'phase', phase: 'map' },
      { t: 'truth_written', pages: [3, 4] },
      { t: 'snapshot', phase: 'map', statistics: { max_mmu_rmap_size: 14 } },
      { t: 'get_dirty_log', slot: 1, pages: [3, 4] },
      { t: 'clear_dirty_log', slot: 1, first: 0, n: 64 },
    ]);
  });

  it.each<[string, object[], number, string]>([
    ['another first line', [quality], 1, 'begin with workload, and saw trace_quality'],
    ['another last line', [workload, snapshot], 2, 'end with trace_quality, and saw snapshot'],
    ['a line without a kind', [workload, {}, quality], 2, 'expected t to be a text'],
    ['a workload without a mode', [{ ...workload, mode: undefined }, quality], 1, 'an object with mode'],
    ['lost events', [workload, { ...quality, dropped: 3 }], 2, 'the recording has holes'],
    [
      'a maximum that is no count',
      [workload, { ...snapshot, vm: { max_mmu_rmap_size: -2 } }, quality],
      2,
      'vm.max_mmu_rmap_size',
    ],
    ['no maximum', [workload, { ...snapshot, vm: {} }, quality], 2, 'vm.max_mmu_rmap_size'],
    ['a phase without a name', [workload, { t: 'phase' }, quality], 2, 'expected phase to be a text'],
    [
      'another number of pages than it says',
      [workload, { t: 'get_dirty_log', slot: 1, pages: [1, 2], count: 3 }, quality],
      2,
      'expected count to be the number of pages, 2, and saw 3',
    ],
    ['a page that is no number', [workload, { t: 'truth_written', pages: [1, -2] }, quality], 2, 'pages[1]'],
    ['no list of pages', [workload, { t: 'truth_written' }, quality], 2, 'expected pages to be a list of page numbers'],
    ['a missing row', [workload, { ...snapshot, mmu_rmaps_stat: { '4K': row } }, quality], 2, 'an object with 2M'],
    [
      'a short row',
      [workload, { ...snapshot, mmu_rmaps_stat: { '4K': [1], '2M': row, '1G': row } }, quality],
      2,
      '11 buckets',
    ],
    [
      'a bucket that is no count',
      [workload, { ...snapshot, mmu_rmaps_stat: { '4K': row, '2M': row, '1G': row.with(3, -1) } }, quality],
      2,
      'expected mmu_rmaps_stat.1G[3] to be a whole number from 0, and saw -1',
    ],
  ])('is refused with %s', (_, lines, line, sentence) => {
    const error = thrown(() => read(...lines));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error).toMatchObject({ file: 'x.log', line });
    expect(String(error)).toContain(sentence);
  });
});
