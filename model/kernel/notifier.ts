/**
 * The MMU notifier's side of `struct kvm`: how many invalidations are open, over which gfns, and how many have ended. All of it is
 * written with mmu_lock held. Each invalidation of a model is a thread that runs once, so that their number bounds the sequence.
 */
import { type Id, range, upTo, type ValueOf } from '#notation';

/** What changes the host's mappings, one thread each. */
export const Invalidation = range('invalidation');
export type InvalidationId = Id<typeof Invalidation>;
/** Guest frames in their order. */
export const Gfn = range('gfn');
export type Gfn = Id<typeof Gfn>;

export const notifier = {
  mmu_invalidate_in_progress: upTo(Invalidation),
  mmu_invalidate_seq: upTo(Invalidation),
};
/** The same, with the gfns that are being invalidated: from the start up to, and without, the end. */
export const rangedNotifier = {
  ...notifier,
  mmu_invalidate_range_start: upTo(Gfn),
  mmu_invalidate_range_end: upTo(Gfn),
};
export type Notifier = ValueOf<typeof notifier>;
export type RangedNotifier = ValueOf<typeof rangedNotifier>;

/** Opens an invalidation. */
export function kvm_mmu_invalidate_begin(kvm: Notifier): void {
  kvm.mmu_invalidate_in_progress++;
}

/** Says what is invalidated. Several ranges become the smallest that has them all; it grows until the last invalidation has ended. */
export function kvm_mmu_invalidate_range_add(kvm: RangedNotifier, start: number, end: number): void {
  const { mmu_invalidate_range_start, mmu_invalidate_range_end } = kvm;
  const empty = mmu_invalidate_range_end === 0;
  kvm.mmu_invalidate_range_start = empty ? start : Math.min(mmu_invalidate_range_start, start);
  kvm.mmu_invalidate_range_end = Math.max(mmu_invalidate_range_end, end);
}

/** Forgets the range with the last invalidation. */
export function kvm_mmu_invalidate_range_reset(kvm: RangedNotifier): void {
  if (kvm.mmu_invalidate_in_progress > 0) return;
  kvm.mmu_invalidate_range_start = 0;
  kvm.mmu_invalidate_range_end = 0;
}

/** Closes an invalidation: first the sequence goes up, then the count down. */
export function kvm_mmu_invalidate_end(kvm: Notifier): void {
  kvm.mmu_invalidate_seq++;
  kvm.mmu_invalidate_in_progress--;
}

/** Whether what was looked up since the sequence was read may be stale. */
export function mmu_invalidate_retry(kvm: Notifier, mmu_seq: number): boolean {
  return kvm.mmu_invalidate_in_progress > 0 || kvm.mmu_invalidate_seq !== mmu_seq;
}

/** The same for one gfn: that others are being invalidated does not matter. */
export function mmu_invalidate_retry_gfn(kvm: RangedNotifier, mmu_seq: number, gfn: Gfn): boolean {
  const { mmu_invalidate_in_progress, mmu_invalidate_range_start, mmu_invalidate_range_end, mmu_invalidate_seq } = kvm;
  const within = gfn >= mmu_invalidate_range_start && gfn < mmu_invalidate_range_end;
  return (mmu_invalidate_in_progress > 0 && within) || mmu_invalidate_seq !== mmu_seq;
}
