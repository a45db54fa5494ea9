/** What a comparison comes to, in words. */
import type { ConformResult, Difference } from './conform-result.ts';
import type { ListState } from './list-state.ts';
import { type SnapshotComparison, snapshotDifferences } from './snapshot-comparison.ts';
import type { Resynchronisation } from './tracked-lists.ts';

/** The lines that tell a person how a recording compares: the verdict first, then what was compared, then what to know about it. */
export function conformText(result: ConformResult): string[] {
  if (result.outcome === 'nothing to compare') return ['nothing to compare: the file holds no list operations'];
  const { operations, matched, notReplayed, seen, seenMatched, difference } = result;
  return [
    `matched ${matched} of ${operations} operations`,
    ...(notReplayed > 0
      ? [`${notReplayed} not replayed: of a list that changed unseen only a truncated state was recorded`]
      : []),
    ...(seen > 0 ? [`${seenMatched} of ${seen} lists that the snapshots met are the same`] : []),
    ...snapshotLines(result),
    ...resynchronisationLines(result.resynchronisations),
    ...(difference === undefined ? [] : differenceLines(difference, result.differences)),
    ...(result.distinguishes ? [] : ['does not distinguish the policies: no list outgrew one descriptor']),
    histogramRemark(result),
    ...(result.endsWhole
      ? []
      : [
          'the recording does not end with the end of the VM and empty lists: it may have been cut at the end of a line',
        ]),
  ];
}

function snapshotLines({ snapshots, hasLog }: ConformResult): string[] {
  if (!hasLog) return ['no .log beside the recording: mmu_rmaps_stat and max_mmu_rmap_size are not compared'];
  const lines: string[] = [];
  const among = (name: string, has: (snapshot: SnapshotComparison) => boolean) => {
    const compared = snapshots.filter(has);
    const same = compared.filter((snapshot) =>
      snapshotDifferences(snapshot).every(({ path }) => !path.startsWith(name)),
    );
    if (compared.length > 0) lines.push(`${name} is the same at ${same.length} of ${compared.length} snapshots`);
  };
  among('mmu_rmaps_stat', ({ rows }) => rows.length > 0);
  among('max_mmu_rmap_size', ({ max_mmu_rmap_size }) => max_mmu_rmap_size !== undefined);
  const left = new Map<string, string[]>();
  for (const { phase, notCompared } of snapshots) {
    for (const what of notCompared) left.set(what, [...(left.get(what) ?? []), phase]);
  }
  for (const [what, phases] of left)
    lines.push(`not compared at ${phases.length} of ${snapshots.length} snapshots: ${what}`);
  return lines;
}

function resynchronisationLines(all: readonly Resynchronisation[]): string[] {
  const [first] = all;
  if (first === undefined) return ['0 resynchronisations'];
  const reasons = [...new Set(all.map(({ after }) => after))].map((reason) => {
    return `${all.filter(({ after }) => after === reason).length} after ${reason}`;
  });
  return [`${all.length} resynchronisations (${reasons.join(', ')}), the first of ${first.list} at seq ${first.seq}`];
}

function differenceLines(difference: Difference, differences: number): string[] {
  const { seq, op, list, field, kernel, model, kernelState, modelState } = difference;
  const lines = [
    `first difference (of ${differences}): seq ${seq}, ${op}${list === undefined ? '' : ` ${list}`}, field ${field}`,
    `  the kernel had  ${kernel}`,
    `  the model has   ${model}`,
  ];
  if (kernelState !== undefined) lines.push('  the list in the kernel', ...stateLines(kernelState));
  if (modelState !== undefined) lines.push('  the list in the model', ...stateLines(modelState));
  return lines;
}

function stateLines(state: ListState): string[] {
  if (state.k === 'empty') return ['    empty'];
  if (state.k === 'one') return [`    one entry in the head word: ${state.s}`];
  const lines = state.d.flatMap(({ a, n, t, s }) => {
    const counts = t === undefined ? `spte_count ${n}` : `spte_count ${n} tail_count ${t}`;
    return [`    ${a}: ${counts}`, ...fours(s).map((few) => `      ${few.join(' ')}`)];
  });
  return state.trunc ? [...lines, '    and more descriptors, which were not recorded'] : lines;
}

// four SPTEs of sixteen digits fit in 80 columns
function fours(sptes: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(sptes.length / 4) }, (_, i) => sptes.slice(4 * i, 4 * i + 4));
}

function histogramRemark({ misfiled }: ConformResult): string {
  const rule =
    'mmu_rmaps_stat counts a list by the lowest set bit of its length, while its labels describe the highest';
  if (misfiled === undefined) return `${rule} (no list at a snapshot of this recording stands under a wrong label)`;
  const { phase, list, count, label } = misfiled;
  return `${rule}: ${list} with ${count} entries (snapshot ${phase}) stands under "${label}"`;
}
