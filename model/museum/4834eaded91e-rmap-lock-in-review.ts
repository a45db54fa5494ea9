/**
 * Four mistakes in the lock bit of rmaps that were found before it was merged: a second look before the pause, an owner that can be
 * preempted, an unlock that reads may drift behind, a word kept in 32 bits.
 *
 * Models the review of "KVM: x86/mmu: Add infrastructure to allow walking rmaps outside of mmu_lock" (4834eaded91e)
 * (arch/x86/kvm/mmu/mmu.c: __kvm_rmap_lock, kvm_rmap_lock_readonly, kvm_rmap_unlock_readonly).
 *
 * Assumes what rmap-lock does, of which these are variants.
 */
import { model } from '#notation';
import { bounds, initial, reviewed } from '../rmap-lock/model.ts';
import { state } from '../rmap-lock/state.ts';

export const rmapLockInReview = model({
  name: 'museum/4834eaded91e',
  about: 'what a review found in the lock bit of rmaps',
  state,
  bounds,
  initial,
  variants: reviewed,
});
