import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { pteListPolicies } from '#model';
import { conform, type ConformResult, readRecording } from '#recording';
import { PolicyLists } from '../../cli/policy-lists.ts';
import type { Policy } from './plain-lists.ts';
import { hasShared, kept, policyOf, shared, unpacked, workloads } from './samples.ts';

const policies = ['tail-count', 'per-array-counter', 'first-fit'] as const satisfies Policy[];

function compared(place: string, workload: string, policy: Policy): ConformResult {
  return conform(readRecording(join(place, `${workload}.ops.jsonl.gz`)), new PolicyLists(pteListPolicies[policy]));
}

function matchesItsOwnPolicy(place: string, workload: string) {
  const result = compared(place, workload, policyOf(workload));
  expect(result.difference).toBeUndefined();
  expect(result.outcome).toBe(workload.includes('-tdp/') ? 'nothing to compare' : 'matches');
  expect(result.matched).toBe(result.operations);
  expect(result.seenMatched).toBe(result.seen);
  expect(result.notReplayed).toBe(0);
  expect(result.endsWhole).toBe(true);
  expect(result.hasLog).toBe(true);
  return result;
}

function refutesTheOthers(place: string, workload: string) {
  for (const policy of policies.filter((other) => other !== policyOf(workload))) {
    expect(compared(place, workload, policy).outcome, policy).toBe('differs');
  }
}

describe('the recordings kept with the tests', () => {
  it.each(workloads(kept))('%s matches the policy of its kernel', (workload) => {
    const { distinguishes } = matchesItsOwnPolicy(kept, workload);
    if (distinguishes) refutesTheOthers(kept, workload);
  });

  it('contain lists of more than one descriptor from both kernels, and some without', () => {
    const those = workloads(kept).filter((workload) => compared(kept, workload, policyOf(workload)).distinguishes);
    expect(those).toEqual([
      'k61-npt0/alias_K15_shuf',
      'k61-npt0/fuzz1',
      'k61-npt0/hostzap_K29',
      'k612-npt0/alias_K15_shuf',
      'k612-npt0/alias_K40_shuf',
      'k612-npt0/parents_K29',
    ]);
  });

  it('show the histogram and the maximum of every snapshot compared, empty buckets too', () => {
    const { snapshots } = compared(kept, 'k612-npt0/alias_K40_shuf', 'tail-count');
    expect(snapshots.map(({ phase }) => phase)).toEqual(['init', 'map', 'unmap_half', 'remap_quarter', 'unmap_all']);
    expect(snapshots.flatMap(({ notCompared }) => notCompared)).toEqual([]);
    expect(snapshots.flatMap(({ rows }) => rows.map(({ from }) => from))).toEqual(Array(15).fill(0));
    expect(snapshots[1]?.rows[0]?.model).toEqual([3055, 16, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(snapshots.map(({ max_mmu_rmap_size }) => max_mmu_rmap_size?.model)).toEqual([0, 39, 39, 39, 39]);
  });

  it('resynchronise every list after the untraced phases of nested_mix_M1R1, and nowhere else', () => {
    const { resynchronisations } = compared(kept, 'k612-nested/nested_mix_M1R1', 'tail-count');
    expect(resynchronisations).toHaveLength(1068);
    expect(new Set(resynchronisations.map(({ after }) => after))).toEqual(new Set(['an untraced phase']));
    expect(resynchronisations.filter(({ list }) => list === 'max_mmu_rmap_size')).toHaveLength(2);
    expect(compared(kept, 'k61-npt0/fuzz1', 'per-array-counter').resynchronisations).toEqual([]);
  });

  it('give an example of a length under a label that does not contain it', () => {
    const misfiled = { phase: 'map', list: '4K:1000', count: 15, label: '1' };
    expect(compared(kept, 'k61-npt0/alias_K15_shuf', 'per-array-counter').misfiled).toEqual(misfiled);
  });
});

describe.skipIf(!hasShared)('the recordings in ../shared/recordings', () => {
  const all = hasShared ? workloads(shared) : [];

  test.each(all)('%s matches the policy of its kernel, and no other if a list outgrew a descriptor', (workload) => {
    const { distinguishes } = matchesItsOwnPolicy(shared, workload);
    if (distinguishes) refutesTheOthers(shared, workload);
    if (workload.includes('-npt0/')) expect(distinguishes, 'a list of two descriptors').toBe(hasLongList(workload));
  });

  it('are 108, two of each kind', () => {
    expect(all.filter((workload) => workload.startsWith('k61-'))).toHaveLength(54);
    expect(all.filter((workload) => workload.startsWith('k612-'))).toHaveLength(54);
  });
});

/** Read from the text, not through the code that is tested: some list is written with two descriptors. */
function hasLongList(workload: string): boolean {
  return unpacked(readFileSync(join(shared, `${workload}.ops.jsonl.gz`))).includes(']},{"a":');
}
