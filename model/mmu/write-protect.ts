/** What takes W away from all that an rmap has, under mmu_lock: KVM_GET_DIRTY_LOG, and write tracking. */
import { atomically, blocked, exit, forAny, holding, type Next } from '#notation';
import { kvm_get_dirty_log_protect } from '../kernel/dirty-bitmap.ts';
import { for_each_rmap_spte } from '../kernel/pte-list-count.ts';
import { Gfn } from '../kernel/spte.ts';
import { clearMmuWritable, clearWritable, type FlushTest, spte_write_protect } from '../kernel/write-protect.ts';
import type { Ioctl, List, Mmu, Vcpu } from './state.ts';
import { forgetOp } from './zap.ts';

function kvm_mmu_write_protect_pt_masked(s: Mmu, { mask }: Ioctl): void {
  mask.forEach((reaped, gfn) => {
    if (reaped) for_each_rmap_spte(s, gfn, (spte) => clearWritable(s.spte[spte]));
  });
}

/** What GET does under mmu_lock: faults that do not take it cannot tell whether the bits go before W. */
export const protectReaped: List<Ioctl> = [
  atomically(...holding('mmu_lock', kvm_get_dirty_log_protect, kvm_mmu_write_protect_pt_masked)),
];

// A vCPU comes to shadow a page table of the guest, and no longer does.

/** What is protected already need not be flushed for. */
export function trackAdd(flushIf: FlushTest): List<Vcpu> {
  function __kvm_write_track_add_gfn(s: Mmu, _: Vcpu, gfn: Gfn): Next {
    if (s.gfn_write_track[gfn]) return exit; //  by another shadow page
    s.gfn_write_track[gfn] = 1;
    let flush = false;
    for_each_rmap_spte(s, gfn, (spte) => {
      if (spte_write_protect(s.spte[spte], clearMmuWritable, flushIf)) flush = true;
    });
    if (!flush) return exit;
  }
  return [atomically(forAny(Gfn, __kvm_write_track_add_gfn), forgetOp)];
}

function __kvm_write_track_remove_gfn(s: Mmu, _: Vcpu, gfn: Gfn): Next {
  if (!s.gfn_write_track[gfn]) return blocked;
  s.gfn_write_track[gfn] = 0;
}

export const trackRemove: List<Vcpu> = [atomically(...holding('mmu_lock', forAny(Gfn, __kvm_write_track_remove_gfn)))];
