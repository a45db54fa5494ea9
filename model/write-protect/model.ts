/**
 * Write protection and its flush: by the dirty log, which clears W and leaves MMU-writable, and by write tracking, which clears both
 * and then relies on no vCPU being able to write. A large SPTE is protected in place, and dropped by the fault that wants a small one.
 *
 * Models "KVM: MMU: lazily drop large spte", "KVM: MMU: flush tlb if the spte can be locklessly modified" and "KVM: MMU: flush tlb out
 * of mmu lock when write-protect the sptes" (Xiao Guangrong, 2013; arch/x86/kvm/mmu.c: spte_write_protect, mmu_spte_update,
 * kvm_mmu_slot_remove_write_access, drop_large_spte; arch/x86/kvm/x86.c: kvm_vm_ioctl_get_dirty_log), and what they became
 * (virt/kvm/kvm_main.c: kvm_clear_dirty_log_protect; arch/x86/kvm/mmu/page_track.c: __kvm_write_track_add_gfn).
 *
 * Assumes a direct map of one slot that the host backs by one large page or by small ones; that the log, once on, stays on; that only
 * writes fault; that small mappings are not made large again.
 */
import { atomically, blocked, either, exit, fair, forAny, holding, model, type Next } from '#notation';
import { copy_to_user, kvm_get_dirty_log_protect } from '../kernel/dirty-bitmap.ts';
import { flush_remote_tlbs } from '../kernel/flush-remote-tlbs.ts';
import {
  drop_large_spte,
  type FastRule,
  fastPath,
  fastRules,
  mark_page_dirty,
  mmu_set_spte,
} from '../kernel/page-fault.ts';
import { clearSpte, Gfn, lastLevelSpte } from '../kernel/spte.ts';
import { srcu_read_lock, srcu_read_unlock } from '../kernel/srcu.ts';
import {
  copyFails,
  firstPass,
  kvm_clear_dirty_log_protect,
  logAndClear,
  logAndGet,
  protectHugePages,
  type LogParts,
} from './dirty-log.ts';
import {
  clearMmuWritable,
  clearWritable,
  type FlushTest,
  flushTests,
  type Protect,
  spte_write_protect,
} from '../kernel/write-protect.ts';
import {
  hardware,
  largePage,
  largePageInitiallySet,
  type List,
  smallPages,
  state,
  type Vcpu,
  type WriteProtect,
} from './state.ts';
import { kernelSource } from './source.ts';

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

/** Of a gfn, at both levels: at one of them it has no SPTE. */
function protectGfn(flushIf: FlushTest, protectLarge: Protect) {
  return function kvm_mmu_slot_gfn_write_protect(s: WriteProtect, { fault }: Vcpu): Next {
    const large = spte_write_protect(s.large, protectLarge, flushIf);
    const small = spte_write_protect(s.spte[fault.gfn], clearMmuWritable, flushIf);
    if (!large && !small) return exit;
  };
}

/** What differs between variants of what a vCPU does. */
interface VcpuParts {
  flushIf?: FlushTest;
  trackLarge?: Protect;
  fast?: FastRule;
  /** What a fault does before it sets a small SPTE. */
  drop?: List<Vcpu>;
}

function faultOrTrack({
  flushIf = flushTests.mmuWritableCleared,
  trackLarge = clearMmuWritable,
  fast = fastRules.levelOne,
  drop = [drop_large_spte, flush_remote_tlbs],
}: VcpuParts): List<Vcpu> {
  const slow = holding('mmu_lock', ...drop, mmu_set_spte, mark_page_dirty);
  const add = [forAny(Gfn, __kvm_write_track_add_gfn), protectGfn(flushIf, trackLarge), flush_remote_tlbs];
  const fault = [
    // An instruction that faults is executed again until it does not.
    fair(atomically(forAny(Gfn, page_fault), srcu_read_lock)),
    [either([...fastPath(fast), mark_page_dirty], slow)],
    srcu_read_unlock,
  ];
  return [either(fault, holding('mmu_lock', either(add, forAny(Gfn, __kvm_write_track_remove_gfn))))];
}

/** Both users of write protection, with what differs from the base. */
export function writeProtecting(parts: VcpuParts & LogParts) {
  return { vcpu: faultOrTrack(parts), ioctl: logAndGet(parts) };
}

/** On one page, so that two vCPUs can race. */
function byTwoVcpus(parts: VcpuParts & LogParts) {
  return { ...writeProtecting(parts), initial: [smallPages, largePage], bounds: { gfn: 1, vcpu: 2 } };
}

function initiallySet(...log: Parameters<typeof logAndClear>) {
  return { vcpu: faultOrTrack({}), ioctl: logAndClear(...log), initial: [largePageInitiallySet] };
}

/** What the claims name. */
export const writeProtectSteps = {
  __kvm_write_track_add_gfn,
  __kvm_write_track_remove_gfn,
  copy_to_user,
  firstPass,
  kvm_clear_dirty_log_protect,
  kvm_get_dirty_log_protect,
  mark_page_dirty,
};

export const writeProtect = model({
  name: 'write-protect',
  about: 'when the dirty log and write tracking may flush for what they write-protect, and what becomes of large SPTEs',
  source: kernelSource,
  state,
  bounds: { gfn: 2, vcpu: 1, ioctl: 1 },
  actions: hardware,
  initial: [largePage],
  variants: {
    //  Where the dirty log flushes, and when write tracking does.
    'inside-if-writable': byTwoVcpus({ flushesInside: true, flushIf: flushTests.writable }),
    'outside-if-writable': byTwoVcpus({ flushIf: flushTests.writable }),
    'inside-if-mmu-writable': byTwoVcpus({ flushesInside: true, flushIf: flushTests.mmuWritable }),
    'outside-if-mmu-writable': byTwoVcpus({ flushIf: flushTests.mmuWritable }),
    'inside-if-mmu-writable-cleared': byTwoVcpus({ flushesInside: true }),
    'outside-if-mmu-writable-cleared': byTwoVcpus({}),

    //  The last of these, with a GET that flushes when the SPTEs it protects ask for it, and not for each bit that it reaps.
    'log-flushes-if-mmu-writable': byTwoVcpus({ getFlushesIf: flushTests.mmuWritable }),
    'log-flushes-if-mmu-writable-cleared': byTwoVcpus({ getFlushesIf: flushTests.mmuWritableCleared }),

    //  'outside-if-mmu-writable-cleared' on a large page, and what differs from it as the name says.
    'large-read-only': writeProtecting({}),
    'large-dropped': writeProtecting({ flushesInside: true, drop: [], protectLarge: clearSpte, trackLarge: clearSpte }),
    'large-dropped-flush-outside': writeProtecting({ drop: [], protectLarge: clearSpte, trackLarge: clearSpte }),
    'no-small-page-drop': writeProtecting({ drop: [] }),
    'small-page-drop-no-flush': writeProtecting({ drop: [drop_large_spte] }),
    'fast-large': writeProtecting({ fast: fastRules.anyLevel }),
    'no-srcu': writeProtecting({ srcu: [] }),
    'copy-fails': writeProtecting({ report: [either(copy_to_user, copyFails)] }),

    'initially-set': initiallySet(protectHugePages(clearWritable)),
    'initially-set-copy-fails': initiallySet(protectHugePages(clearWritable), (clear) => [either(copyFails, clear)]),
    //  What Linux does, as far as we can read it: by kvm_mmu_slot_gfn_write_protect, as write tracking does.
    'initially-set-mmu-writable-cleared': initiallySet(protectHugePages(clearMmuWritable)),
    'initially-set-small-only': initiallySet([]),
  },
});
