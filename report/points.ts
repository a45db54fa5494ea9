/** Where a thread is, in a word. */
import type { ThreadPart } from '#notation';

/** The steps that a thread may take next from a point of its list: `set_spte`, `retry | mmu_lock`; `ended` where there is none. */
export function nextOf({ program }: ThreadPart, point: number): string {
  const labels = program.points[point]?.map(({ label }) => label) ?? [];
  return labels.length === 0 ? 'ended' : [...new Set(labels)].join(' | ');
}
