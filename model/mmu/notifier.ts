/** The host takes the page of a gfn away, and tells KVM by the MMU notifier. */
import { atomically, forAny, holding, type Listed, once } from '#notation';
import { flush_remote_tlbs } from '../kernel/flush-remote-tlbs.ts';
import { kvm_mmu_invalidate_begin, kvm_mmu_invalidate_end } from '../kernel/notifier.ts';
import type { PteListPolicy } from '../kernel/pte-list.ts';
import { Gfn } from '../kernel/spte.ts';
import type { Mm, Mmu } from './state.ts';
import { zapRmap } from './zap.ts';

function invalidate_begin({ kvm }: Mmu, mm: Mm, gfn: Gfn): void {
  kvm_mmu_invalidate_begin(kvm);
  mm.gfn = gfn;
  mm.op.rmap_head = gfn;
}
export function change_host_ptes({ host }: Mmu, { gfn }: Mm): void {
  host[gfn].pfn++;
}
function invalidate_end({ kvm }: Mmu): void {
  kvm_mmu_invalidate_end(kvm);
}

/** One invalidation. Where nothing was mapped there is nothing to flush for. */
export function invalidation(rmap: PteListPolicy): Listed<Mmu, Mm, 'mmu_lock'> {
  return once<Mmu, Mm, 'mmu_lock'>(
    ...holding('mmu_lock', [atomically(forAny(Gfn, invalidate_begin), ...zapRmap(rmap)), ...flush_remote_tlbs]),
    change_host_ptes,
    atomically(...holding('mmu_lock', invalidate_end)),
  );
}
