/**
 * An MMIO SPTE is stored over a leaf that is still present: the leaf's rmap entry and its translations in TLBs stay (CVE-2026-23401).
 *
 * Models "KVM: x86/mmu: Drop/zap existing present SPTE even when creating an MMIO SPTE" (aad885e77496)
 * (arch/x86/kvm/mmu/mmu.c: mmu_set_spte, mark_mmio_spte, drop_spte; arch/x86/kvm/mmu/paging_tmpl.h: FNAME(walk_addr),
 * FNAME(gpte_changed)).
 *
 * Assumes one guest PTE and its SPTE, and that a gfn either has a memslot for good or has none: the gfns of the model have one, and
 * NULL stands for those that have none. A TLB keeps what it has until it is flushed.
 */
import {
  array,
  bit,
  blocked,
  bool,
  exit,
  forAny,
  holding,
  idle,
  model,
  type Next,
  NULL,
  pointer,
  type StateOf,
  spinlock,
  thread,
} from '#notation';
import { flush_remote_tlbs, flushed, tlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { Gfn } from '../kernel/spte.ts';

const state = {
  mmu_lock: spinlock,
  gpte: pointer(Gfn),
  /** A leaf when its gfn is not NULL. */
  spte: { gfn: pointer(Gfn), mmio: bool },
  rmap: array(Gfn, bit),
  tlb: tlbs,
  vcpu: thread(Vcpu, { gfn: pointer(Gfn), flush: bool, flushed }),
};
export interface MmioOverPresent extends StateOf<typeof state> {}
type Vcpu = MmioOverPresent['vcpu'][VcpuId];

function walk_addr({ gpte, spte }: MmioOverPresent, vcpu: Vcpu): Next {
  if (spte.gfn === gpte && (gpte !== NULL || spte.mmio)) return blocked;
  vcpu.gfn = gpte;
  vcpu.flush = false;
}

/** The guest's PTE is read once more; userspace may write to it right after that. */
function gpte_changed({ gpte }: MmioOverPresent, { gfn }: Vcpu): Next {
  if (gpte !== gfn) return exit;
}

function mark_mmio_spte({ spte }: MmioOverPresent, { gfn }: Vcpu): Next {
  if (gfn !== NULL) return;
  spte.mmio = true;
  spte.gfn = NULL;
  return exit;
}

function drop_spte({ spte, rmap }: MmioOverPresent, vcpu: Vcpu): void {
  if (spte.gfn === NULL || spte.gfn === vcpu.gfn) return;
  rmap[spte.gfn] = 0;
  spte.gfn = NULL;
  vcpu.flush = true;
}

function set_spte({ spte }: MmioOverPresent, { gfn }: Vcpu): void {
  spte.mmio = false;
  spte.gfn = gfn;
}

function rmap_add({ rmap }: MmioOverPresent, { gfn }: Vcpu): void {
  if (gfn !== NULL) rmap[gfn] = 1;
}

function flush_if_dropped(_: MmioOverPresent, { flush }: Vcpu): Next {
  if (!flush) return exit;
}

function tlb_fill({ vcpu, tlb, spte }: MmioOverPresent, id: VcpuId, gfn: Gfn): Next {
  if (!idle(vcpu[id]) || spte.gfn !== gfn || tlb[id].includes(1)) return blocked;
  tlb[id][gfn] = 1;
}

// Userspace writes to the guest's memory, of which KVM learns nothing.

function userspace_maps_ram(s: MmioOverPresent, gfn: Gfn): void {
  s.gpte = gfn;
}
function userspace_maps_mmio(s: MmioOverPresent): void {
  s.gpte = NULL;
}

const flush = [flush_if_dropped, flush_remote_tlbs];

export const mmioOverPresent = model({
  name: 'museum/aad885e77496',
  about: 'an MMIO SPTE is stored over a leaf that is still present, in the rmap and in TLBs (CVE-2026-23401)',
  state,
  bounds: { gfn: 2, vcpu: 1 },
  actions: [forAny(Vcpu, Gfn, tlb_fill), forAny(Gfn, userspace_maps_ram), userspace_maps_mmio],
  variants: {
    'mmio-before-drop': {
      vcpu: [walk_addr, ...holding('mmu_lock', gpte_changed, [mark_mmio_spte, drop_spte, set_spte, rmap_add], flush)],
    },
    'drop-before-mmio': {
      vcpu: [walk_addr, ...holding('mmu_lock', gpte_changed, [drop_spte, mark_mmio_spte, set_spte, rmap_add], flush)],
    },
  },
});
