/**
 * Write protection and its flush: by the dirty log, which clears W and leaves MMU-writable, and by write tracking, which clears both
 * and then relies on no vCPU being able to write. A large SPTE is protected in place, and dropped by the fault that wants a small one.
 *
 * Models "KVM: MMU: lazily drop large spte", "KVM: MMU: flush tlb if the spte can be locklessly modified" and "KVM: MMU: flush tlb out
 * of mmu lock when write-protect the sptes" (Xiao Guangrong, 2013; arch/x86/kvm/mmu.c: spte_write_protect, mmu_spte_update,
 * kvm_mmu_slot_remove_write_access, drop_large_spte; arch/x86/kvm/x86.c: kvm_vm_ioctl_get_dirty_log), and what they became
 * (virt/kvm/kvm_main.c: kvm_clear_dirty_log_protect; arch/x86/kvm/mmu/page_track.c: __kvm_write_track_add_gfn).
 *
 * Assumes a direct map of one slot that the host backs by one large page or by small ones; that logging, once on, stays on; that only
 * writes fault; that small mappings are not made large again; that a function under mmu_lock protects all its SPTEs in one step.
 */
import {
  array,
  bit,
  blocked,
  bool,
  either,
  exit,
  forAny,
  holding,
  type Id,
  type Item,
  idle,
  model,
  type Next,
  range,
  type StateOf,
  spinlock,
  thread,
} from '#notation';
import { copy_to_user, dirtyMask, kvm_get_dirty_log_protect } from '../kernel/dirty-bitmap.ts';
import { flush_remote_tlbs, flushed, tlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import {
  drop_large_spte,
  fast_pf_fix_direct_spte,
  fastPageFault,
  mark_page_dirty,
  mmu_set_spte,
  pageFault,
} from '../kernel/page-fault.ts';
import { clearSpte, Gfn, lastLevelSpte, type LeafSpte, leafSpte } from '../kernel/spte.ts';

const Ioctl = range('ioctl');

const state = {
  mmu_lock: spinlock,
  hugepage: bool,
  large: leafSpte,
  spte: array(Gfn, leafSpte),
  gfn_write_track: array(Gfn, bit),
  slot: { logged: bool, initiallySet: bool },
  dirty_bitmap: array(Gfn, bit),
  tlb: tlbs,
  vcpu: thread(Vcpu, { fault: pageFault, flushed }),
  ioctl: thread(Ioctl, { mask: dirtyMask, flushed }),
  ghost: { unsent: array(Gfn, bit) }, //  written since the last report
};
export interface WriteProtect extends StateOf<typeof state> {}
type Vcpu = WriteProtect['vcpu'][VcpuId];
type Ioctl = WriteProtect['ioctl'][Id<typeof Ioctl>];

function page_fault(s: WriteProtect, { fault }: Vcpu, gfn: Gfn): Next {
  if (lastLevelSpte(s, gfn).writable) return blocked;
  fault.addr = gfn;
  fault.gfn = gfn;
  fault.logged = s.slot.logged;
}

// Write tracking: a vCPU comes to shadow a page table of the guest, and no longer does.

function __kvm_write_track_add_gfn(s: WriteProtect, { fault }: Vcpu, gfn: Gfn): Next {
  if (s.gfn_write_track[gfn]) return blocked;
  s.gfn_write_track[gfn] = 1;
  fault.gfn = gfn;
}
function __kvm_write_track_remove_gfn(s: WriteProtect, _: Vcpu, gfn: Gfn): Next {
  if (!s.gfn_write_track[gfn]) return blocked;
  s.gfn_write_track[gfn] = 0;
}

/** Whether a change of an SPTE, from what it was to what it is, is one to flush for. */
type FlushTest = (was: LeafSpte, is: LeafSpte) => boolean;

/** Of a gfn at both levels. */
function writeTrack(flushIf: FlushTest, protectLarge: typeof clearSpte) {
  const needsFlush = (spte: LeafSpte, protect: typeof clearSpte) => {
    const { present, writable, mmu_writable } = spte;
    protect(spte);
    return flushIf({ present, writable, mmu_writable }, spte);
  };
  return function kvm_mmu_slot_gfn_write_protect(s: WriteProtect, { fault }: Vcpu): Next {
    const large = needsFlush(s.large, protectLarge);
    const small = needsFlush(s.spte[fault.gfn], track);
    if (!large && !small) return exit;
  };
}
function track(spte: LeafSpte): void {
  spte.writable = false;
  spte.mmu_writable = false;
}
function log(spte: LeafSpte): void {
  spte.writable = false;
}

// KVM_SET_USER_MEMORY_REGION switches the log on.

function kvm_set_memslot({ slot, dirty_bitmap }: WriteProtect): Next {
  if (slot.logged) return blocked;
  slot.logged = true;
  if (!slot.initiallySet) return;
  dirty_bitmap.forEach((_, gfn) => {
    dirty_bitmap[gfn] = 1;
  });
}
/** Waits for the faults that began with the old slot; those that begin while it waits are not told from them. */
function synchronize_srcu(s: WriteProtect): Next {
  if (!s.vcpu.every(idle)) return blocked;
}
function removeWriteAccess(protectLarge: typeof clearSpte) {
  return function kvm_mmu_slot_remove_write_access(s: WriteProtect): void {
    protectLarge(s.large);
    s.spte.forEach(log);
  };
}
/** Userspace sends all pages once. */
function firstPass({ ghost }: WriteProtect): void {
  ghost.unsent.forEach((_, gfn) => {
    ghost.unsent[gfn] = 0;
  });
}

// KVM_GET_DIRTY_LOG, and KVM_CLEAR_DIRTY_LOG after a GET that only copied.

/** Of small SPTEs, as no large one is writable while the slot is logged. */
function kvm_mmu_write_protect_pt_masked(s: WriteProtect, { mask }: Ioctl): void {
  mask.forEach((protect, gfn) => {
    if (protect) log(s.spte[gfn]);
  });
}
function kvm_get_dirty_log(s: WriteProtect, { mask }: Ioctl): Next {
  if (!s.dirty_bitmap.includes(1)) return exit;
  s.dirty_bitmap.forEach((dirty, gfn) => {
    mask[gfn] = dirty;
  });
}
/** Of one page that userspace was told of. */
function kvm_clear_dirty_log_protect(s: WriteProtect, { mask }: Ioctl, gfn: Gfn): Next {
  if (!mask[gfn]) return blocked;
  mask.forEach((_, other) => {
    if (other !== gfn) mask[other] = 0;
  });
  s.dirty_bitmap[gfn] = 0;
}
/** Of the large SPTE too. */
function enableLog(protectLarge: typeof clearSpte) {
  return function kvm_arch_mmu_enable_log_dirty_pt_masked(s: WriteProtect, ioctl: Ioctl): void {
    protectLarge(s.large);
    kvm_mmu_write_protect_pt_masked(s, ioctl);
  };
}
/** EFAULT. */
function copyFails(): Next {
  return exit;
}

// The hardware of a vCPU that is in the guest. What is written before the log is on is of no interest.

function tlb_fill(s: WriteProtect, vcpu: VcpuId, gfn: Gfn): Next {
  if (!idle(s.vcpu[vcpu]) || s.tlb[vcpu][gfn] || !lastLevelSpte(s, gfn).writable) return blocked;
  s.tlb[vcpu][gfn] = 1;
}
function guest_write({ vcpu, slot, tlb, ghost }: WriteProtect, id: VcpuId, gfn: Gfn): Next {
  if (!idle(vcpu[id]) || !slot.logged || !tlb[id][gfn] || ghost.unsent[gfn]) return blocked;
  ghost.unsent[gfn] = 1;
}

function smallPages(): void {}
function largePage(s: WriteProtect): void {
  s.hugepage = true;
}
function largePageInitiallySet(s: WriteProtect): void {
  s.hugepage = true;
  s.slot.initiallySet = true;
}

/** What the claims name. */
export const writeProtectSteps = { copy_to_user, firstPass, kvm_get_dirty_log_protect, kvm_clear_dirty_log_protect, mark_page_dirty };

type List<Thread> = readonly Item<WriteProtect, Thread, 'mmu_lock'>[];

const ifWritable: FlushTest = (was) => was.writable;
const ifMmuWritable: FlushTest = (was) => was.mmu_writable;
const ifMmuWritableCleared: FlushTest = (was, is) => was.mmu_writable && !is.mmu_writable;

const levelOne = fastPageFault(() => true);
const unlessLogged = fastPageFault(({ logged }) => logged);
const anyLevel = fastPageFault(() => false);

interface Parts {
  /** Write tracking's test. */
  flushIf?: FlushTest;
  fast?: typeof levelOne;
  /** What a fault does before it sets the SPTE. */
  drop?: List<Vcpu>;
  protectLarge?: typeof clearSpte;
  flushesInside?: boolean;
  get?: List<Ioctl>;
  srcu?: List<Ioctl>;
}

const dropAndFlush: List<Vcpu> = [drop_large_spte, flush_remote_tlbs];

function vcpu({ flushIf = ifMmuWritableCleared, fast = levelOne, drop = dropAndFlush, protectLarge = track }: Parts): List<Vcpu> {
  const slow = holding('mmu_lock', ...drop, mmu_set_spte, mark_page_dirty);
  const add = [forAny(Gfn, __kvm_write_track_add_gfn), writeTrack(flushIf, protectLarge), flush_remote_tlbs];
  return [
    either(
      [forAny(Gfn, page_fault), either([fast, fast_pf_fix_direct_spte, mark_page_dirty], slow)],
      holding('mmu_lock', either(add, forAny(Gfn, __kvm_write_track_remove_gfn))),
    ),
  ];
}

/** Under mmu_lock, then the flush inside or outside. */
function protect(flushesInside: boolean, ...steps: List<Ioctl>): List<Ioctl> {
  if (flushesInside) return holding('mmu_lock', ...steps, flush_remote_tlbs);
  return [...holding('mmu_lock', ...steps), flush_remote_tlbs];
}

const waitForFaults = [synchronize_srcu];

function ioctl({ flushesInside = false, protectLarge = log, srcu = waitForFaults, get = [copy_to_user] }: Parts): List<Ioctl> {
  return [
    either(
      [kvm_set_memslot, ...srcu, ...protect(flushesInside, removeWriteAccess(protectLarge)), firstPass],
      [...protect(flushesInside, kvm_get_dirty_log_protect, kvm_mmu_write_protect_pt_masked), ...get],
    ),
  ];
}

function variant(parts: Parts) {
  return { vcpu: vcpu(parts), ioctl: ioctl(parts) };
}

function initiallySet(clear: List<Ioctl>, then: (send: List<Ioctl>) => List<Ioctl>) {
  const send = [...protect(false, forAny(Gfn, kvm_clear_dirty_log_protect), ...clear), copy_to_user];
  return {
    vcpu: vcpu({}),
    ioctl: [either([kvm_set_memslot, ...waitForFaults], [kvm_get_dirty_log, ...then(send)])],
    initial: [largePageInitiallySet],
  };
}

export const writeProtect = model({
  name: 'write-protect',
  about: 'when the dirty log and write tracking, which both write-protect SPTEs, may flush, and what becomes of large SPTEs',
  state,
  bounds: { gfn: 2, vcpu: 2, ioctl: 1 },
  actions: [forAny(Vcpu, Gfn, tlb_fill), forAny(Vcpu, Gfn, guest_write)],
  initial: [smallPages, largePage],
  variants: {
    //  Where the dirty log flushes, and for what write tracking does.
    'inside-if-writable': variant({ flushesInside: true, flushIf: ifWritable }),
    'outside-if-writable': variant({ flushIf: ifWritable }),
    'inside-if-mmu-writable': variant({ flushesInside: true, flushIf: ifMmuWritable }),
    'outside-if-mmu-writable': variant({ flushIf: ifMmuWritable }),
    'inside-if-mmu-writable-cleared': variant({ flushesInside: true }),
    'outside-if-mmu-writable-cleared': variant({}),

    //  The last of these, but for what its name says.
    'fast-large-unless-logged': variant({ fast: unlessLogged }),
    'fast-large': variant({ fast: anyLevel }),
    'copy-fails': variant({ get: [either(copy_to_user, copyFails)] }),
    'no-small-page-drop': variant({ drop: [] }),
    'small-page-drop-no-flush': variant({ drop: [drop_large_spte] }),
    'no-srcu': variant({ srcu: [] }),
    'large-dropped': variant({ flushesInside: true, drop: [], protectLarge: clearSpte }),
    'large-dropped-outside': variant({ drop: [], protectLarge: clearSpte }),
    'initially-set': initiallySet([enableLog(log)], (send) => send),
    'initially-set-mmu-writable-cleared': initiallySet([enableLog(track)], (send) => send),
    'initially-set-small-only': initiallySet([kvm_mmu_write_protect_pt_masked], (send) => send),
    'initially-set-copy-fails': initiallySet([enableLog(log)], (send) => [either(copyFails, send)]),
  },
});
