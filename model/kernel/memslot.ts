/**
 * A memslot and how it is deleted while vCPUs fault on its gfns. Faults look it up inside `kvm->srcu`; the deleter marks it invalid,
 * waits for those that may still take it for valid, zaps and flushes, takes it away, waits again, and frees it with its rmaps.
 */
import {
  array,
  bit,
  blocked,
  bool,
  exit,
  forAny,
  idle,
  member,
  type Next,
  oneOf,
  type Row,
  type Thread,
  type ValueOf,
} from '#notation';
import { flushed, tlbs, Vcpu, type VcpuId } from './flush-remote-tlbs.ts';
import { Gfn } from './spte.ts';
import { type Srcu, srcu } from './srcu.ts';

/** What a lookup finds; where there is no slot, the gfn is emulated MMIO. */
const lookup = oneOf('valid', 'invalid', 'no slot');

/** One slot, which has all gfns of the model; an SPTE for each; and the TLBs. */
export const memslots = {
  slot: { state: lookup, freed: bool },
  /** `slot->arch.rmap`. */
  rmap: array(Gfn, bit),
  spte: array(Gfn, { kind: oneOf('none', 'leaf', 'mmio') }),
  tlb: tlbs,
  srcu,
};
/** Locals of a fault, and of the deleter. */
export const slotFault = { gfn: member(Gfn), slot: lookup };
export const slotDelete = { flushed };

/** What a state must have. */
export interface Memslots extends Srcu {
  readonly slot: ValueOf<typeof memslots.slot>;
  readonly rmap: Row<Gfn, 0 | 1>;
  readonly spte: ValueOf<typeof memslots.spte>;
  readonly tlb: ValueOf<typeof tlbs>;
  readonly vcpu: Row<VcpuId, SlotFault>;
}
/** What a vCPU must have. */
export type SlotFault = Thread<VcpuId> & ValueOf<typeof slotFault>;

// A fault.

function page_fault(s: Memslots, vcpu: SlotFault, gfn: Gfn): Next {
  if (s.spte[gfn].kind !== 'none') return blocked;
  vcpu.gfn = gfn;
}

export function gfn_to_memslot({ slot }: Memslots, vcpu: SlotFault): void {
  vcpu.slot = slot.state;
}

/** Of `kvm_faultin_pfn()`: the guest tries again until the slot is gone, or valid again. */
export function retry_invalid_slot(_: Memslots, { slot }: SlotFault): Next {
  if (slot === 'invalid') return exit;
}

export function mmu_set_spte({ spte }: Memslots, { gfn, slot }: SlotFault): Next {
  spte[gfn].kind = slot === 'valid' ? 'leaf' : 'mmio';
  if (slot !== 'valid') return exit;
}

export function rmap_add({ rmap }: Memslots, { gfn }: SlotFault): void {
  rmap[gfn] = 1;
}

/** A fault on any gfn. */
export const fault = forAny(Gfn, page_fault);

// The deleter, which has slots_lock.

export function kvm_invalidate_memslot({ slot }: Memslots): Next {
  if (slot.state !== 'valid') return exit;
  slot.state = 'invalid';
}

export function kvm_arch_flush_shadow_memslot({ spte, rmap }: Memslots): void {
  spte.forEach((each, gfn) => {
    each.kind = 'none';
    rmap[gfn] = 0;
  });
}

export function kvm_delete_memslot({ slot }: Memslots): void {
  slot.state = 'no slot';
}

export function kvm_free_memslot({ slot }: Memslots): void {
  slot.freed = true;
}

// The hardware of a vCPU that is in the guest.

function tlb_fill({ vcpu, spte, tlb }: Memslots, id: VcpuId, gfn: Gfn): Next {
  if (!idle(vcpu[id]) || spte[gfn].kind !== 'leaf' || tlb[id][gfn]) return blocked;
  tlb[id][gfn] = 1;
}

/** What the hardware does. */
export const tlbFill = forAny(Vcpu, Gfn, tlb_fill);
