import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conform, conformText, readRecording } from '#recording';
import { PlainLists, type Policy } from './plain-lists.ts';
import { adds, kept, played, recordingOf } from './samples.ts';

function printed(workload: string, policy: Policy): string[] {
  return conformText(conform(readRecording(join(kept, workload)), new PlainLists(policy)));
}

describe('the text of a comparison', () => {
  it('says what was compared and how the histogram files its lists', () => {
    expect(printed('k61-npt0/alias_K15_shuf.ops.jsonl.gz', 'per-array-counter')).toEqual([
      'matched 96 of 96 operations',
      '91 of 91 lists that the snapshots met are the same',
      'mmu_rmaps_stat is the same at 5 of 5 snapshots',
      'max_mmu_rmap_size is the same at 5 of 5 snapshots',
      '0 resynchronisations',
      'mmu_rmaps_stat counts a list by the lowest set bit of its length, while its labels describe the highest: ' +
        '4K:1000 with 15 entries (snapshot map) stands under "1"',
    ]);
  });

  it('shows the first difference with both lists', () => {
    const slots = Array.from({ length: 14 }, (_, i) => `ff1100010171d0${(8 * i).toString(16).padStart(2, '0')}`);
    const fourteen = [0, 4, 8, 12].map((from) => `      ${slots.slice(from, from + 4).join(' ')}`);
    expect(printed('k612-npt0/alias_K15_shuf.ops.jsonl.gz', 'per-array-counter').slice(5, -1)).toEqual([
      'first difference (of 41): seq 4878, add 4K:1000, field post.d[0].s[0]',
      '  the kernel had  ff1100010171d070',
      '  the model has   ff1100010171d000',
      '  the list in the kernel',
      '    ff11000100c52000: spte_count 1 tail_count 14',
      '      ff1100010171d070',
      '    ff11000100c52c00: spte_count 14 tail_count 0',
      ...fourteen,
      '  the list in the model',
      '    #1: spte_count 14',
      ...fourteen,
      '    #2: spte_count 1',
      '      ff1100010171d070',
    ]);
  });

  it('counts the snapshots at which a statistic is the same', () => {
    const lines = printed('k61-npt0/alias_K15_shuf.ops.jsonl.gz', 'first-fit');
    expect(lines).toContain('mmu_rmaps_stat is the same at 5 of 5 snapshots');
    expect(lines).toContain('max_mmu_rmap_size is the same at 1 of 5 snapshots');
  });

  it('counts resynchronisations and says when the policies are not told apart', () => {
    const lines = printed('k612-nested/nested_mix_M1R1.ops.jsonl.gz', 'tail-count');
    expect(lines).toContain('1068 resynchronisations (1068 after an untraced phase), the first of 4K:308 at seq 51874');
    expect(lines).toContain('does not distinguish the policies: no list outgrew one descriptor');
  });

  it('is one line for a recording without lists', () => {
    const nothing = ['nothing to compare: the file holds no list operations'];
    expect(printed('k612-tdp/dirty_plain.ops.jsonl.gz', 'tail-count')).toEqual(nothing);
  });

  it('says that no log stands beside and that the recording may have been cut', () => {
    const result = conform(recordingOf(played('tail-count', adds('4K:1', 2))), new PlainLists('tail-count'));
    const lines = conformText(result);
    expect(lines).toContain('no .log beside the recording: mmu_rmaps_stat and max_mmu_rmap_size are not compared');
    expect(lines.at(-1)).toMatch(/it may have been cut at the end of a line$/);
  });
});
