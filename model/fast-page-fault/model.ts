/**
 * The fast page fault: a write-protected SPTE is made writable by compare-and-exchange, without mmu_lock. To which SPTEs that may be
 * done, and what it means for whoever holds mmu_lock: an SPTE that may be fixed under their hands is volatile.
 *
 * Models "KVM: MMU: fast path of handling guest page fault" and "KVM: MMU: properly check last spte in fast_page_fault()" (Xiao
 * Guangrong, 2012 and 2013; arch/x86/kvm/mmu/mmu.c: fast_page_fault, fast_pf_fix_direct_spte, spte_has_volatile_bits,
 * mmu_spte_clear_track_bits), and both cases of Documentation/virt/kvm/locking.rst, section 2.
 *
 * Assumes that the host has one frame, which serves all gfns in turn: an SPTE that is set again, for whatever gfn, is the one it was. The
 * slot is logged, and gfns are write-tracked, for the whole run or not at all. The A bit is always set.
 */
import { blocked, either, exit, forAny, holding, model, type Next, NULL, type Null } from '#notation';
import { copy_to_user, kvm_get_dirty_log_protect } from '../kernel/dirty-bitmap.ts';
import { flush_remote_tlbs } from '../kernel/flush-remote-tlbs.ts';
import { type FastRule, fastPath, fastRules, mark_page_dirty, mmu_set_spte, walkedSpte } from '../kernel/page-fault.ts';
import { clearSpte, Gfn, lastLevelSpte } from '../kernel/spte.ts';
import {
  type FastPageFault,
  hardware,
  type List,
  oneAddress,
  readOnlyLarge,
  readOnlyLargeNotLogged,
  smallPages,
  type Spte,
  state,
  type Task,
  trackedPages,
  type Vcpu,
} from './state.ts';
import { kernelSource } from './source.ts';

function page_fault(s: FastPageFault, { fault }: Vcpu, addr: Gfn): Next {
  const gfn = s.gpte[addr];
  if (gfn === NULL || lastLevelSpte(s, addr).writable) return blocked;
  fault.addr = addr;
  fault.gfn = gfn;
  fault.logged = s.slot.logged;
}
/** Of the slow path: the guest's page table is not what the walk found. */
function gpte_changed(s: FastPageFault, { fault }: Vcpu): Next {
  if (s.gpte[fault.addr] !== fault.gfn) return exit;
}

/** KVM_GET_DIRTY_LOG protects what the rmaps of small SPTEs have. */
function kvm_mmu_write_protect_pt_masked({ gpte, spte }: FastPageFault, { mask, done }: Task): Next {
  const isLeft = (gfn: Gfn | Null, addr: Gfn) => gfn !== NULL && mask[gfn] === 1 && !done[addr];
  const addr = gpte.findIndex(isLeft);
  if (addr === NULL) return;
  spte[addr].writable = false;
  done[addr] = 1;
  if (gpte.some(isLeft)) return kvm_mmu_write_protect_pt_masked;
}

// An SPTE is zapped, and its D bit goes to the host.

function kvm_unmap_gfn_range(_: FastPageFault, task: Task, addr: Gfn): void {
  task.addr = addr;
}
/** Whether bits of the SPTE may be set by others, now or after this look at it. */
type VolatileRule = (spte: Spte) => boolean;

function lookAt(rule: VolatileRule) {
  return function spte_has_volatile_bits(s: FastPageFault, task: Task): Next {
    const spte = lastLevelSpte(s, task.addr);
    if (!spte.present) return exit;
    task.large = s.large.present;
    task.has_volatile_bits = rule(spte);
    task.dirty = spte.dirty;
  };
}
/** Exchanges a volatile SPTE with none, and stores none to any other. */
function mmu_spte_clear_track_bits(s: FastPageFault, task: Task): void {
  const spte = walkedSpte(s, task) as Spte;
  if (task.has_volatile_bits) task.dirty = spte.dirty;
  clearSpte(spte);
  spte.dirty = false;
}
/** The host unmaps the page; when it is dirty it is written to disk, and else dropped. */
function swapOut({ gpte, ghost }: FastPageFault, { addr, large, dirty }: Task): void {
  gpte.forEach((gfn, each) => {
    if (dirty && gfn !== NULL && (large || each === addr)) ghost.unsaved[gfn] = 0;
  });
}

// The guest changes an entry of its page table, which is write-tracked: KVM zaps what it had made of it.

function kvm_mmu_track_write(s: FastPageFault, task: Task, addr: Gfn, gfn: Gfn): Next {
  if (s.gpte[addr] === NULL || s.gpte[addr] === gfn) return blocked;
  task.addr = addr;
  task.gfn = gfn;
}
function emulateWrite(s: FastPageFault, { addr, gfn }: Task): void {
  s.gpte[addr] = gfn;
}

/** The kernel's rule, one that forgets faults, and one that forgets hardware too. */
export const volatileRules = {
  ifFaultOrHardwareMaySet: ({ writable, mmu_writable, dirty }) => (writable ? !dirty : mmu_writable),
  ifHardwareMaySet: ({ writable, dirty }) => writable && !dirty,
  never: () => false,
} satisfies Record<string, VolatileRule>;

// What no kernel does.

/** Stores what the walk saw, with W. */
function storeWithoutComparing(s: FastPageFault, { fault }: Vcpu): void {
  const spte = walkedSpte(s, fault);
  spte.present = true;
  spte.writable = true;
  spte.mmu_writable = true;
}
const writeTrackedToo: FastRule = (_, large) => !large;

interface Parts {
  fast?: List<Vcpu>;
  volatileIf?: VolatileRule;
  /** Of a guest whose page table is shadowed. */
  trackWrites?: boolean;
}

const [fast_page_fault, fast_pf_fix_direct_spte] = fastPath(fastRules.levelOne);

/** Faults, and what those who hold mmu_lock do, with what differs from the base. */
export function faultsAndZaps({
  fast = [fast_page_fault, fast_pf_fix_direct_spte],
  volatileIf = volatileRules.ifFaultOrHardwareMaySet,
  trackWrites = false,
}: Parts) {
  const slow = holding('mmu_lock', gpte_changed, mmu_set_spte, mark_page_dirty);
  const zap: List<Task> = [lookAt(volatileIf), mmu_spte_clear_track_bits, flush_remote_tlbs, swapOut];
  const tasks: List<Task>[] = [
    [
      ...holding('mmu_lock', kvm_get_dirty_log_protect, kvm_mmu_write_protect_pt_masked),
      flush_remote_tlbs,
      copy_to_user,
    ],
    [forAny(Gfn, kvm_unmap_gfn_range), ...holding('mmu_lock', zap)],
  ];
  if (trackWrites) tasks.push([forAny(Gfn, Gfn, kvm_mmu_track_write), ...holding('mmu_lock', zap, emulateWrite)]);
  return { vcpu: [forAny(Gfn, page_fault), either([...fast, mark_page_dirty], slow)], task: either(...tasks) };
}

/** What the claims name. */
export const fastPageFaultSteps = {
  copy_to_user,
  kvm_get_dirty_log_protect,
  mark_page_dirty,
  mmu_spte_clear_track_bits,
  swapOut,
};

const indirect = { initial: [oneAddress], bounds: { vcpu: 2 } };

export const fastPageFault = model({
  name: 'fast-page-fault',
  about: 'which SPTEs may be made writable without mmu_lock, and what its holders may no longer take for granted',
  source: kernelSource,
  state,
  bounds: { gfn: 2, vcpu: 1, task: 1 },
  actions: hardware,
  initial: [smallPages, trackedPages, readOnlyLarge, readOnlyLargeNotLogged],
  variants: {
    'level-one': faultsAndZaps({}),
    'large-unless-logged': faultsAndZaps({ fast: fastPath(fastRules.largeUnlessLogged) }),
    'any-level': faultsAndZaps({ fast: fastPath(fastRules.anyLevel) }),
    'write-tracked-too': faultsAndZaps({ fast: fastPath(writeTrackedToo) }),
    'not-compared': faultsAndZaps({ fast: [fast_page_fault, storeWithoutComparing] }),

    'exchanged-if-hardware-may-set': faultsAndZaps({ volatileIf: volatileRules.ifHardwareMaySet }),
    'never-exchanged': faultsAndZaps({ volatileIf: volatileRules.never }),

    //  The gfn behind the SPTE changes: before the walk, or, where the walk makes sure of it, between walk and exchange.
    indirect: { ...faultsAndZaps({ trackWrites: true }), ...indirect },
    'indirect-gpte-checked': {
      ...faultsAndZaps({ trackWrites: true, fast: [fast_page_fault, gpte_changed, fast_pf_fix_direct_spte] }),
      ...indirect,
    },
  },
});
