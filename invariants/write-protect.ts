/** What is claimed of write protection, and what must come out for each place of the flush, each test and each way with a large SPTE. */
import { Gfn, lastLevelSpte, type VcpuId, type WriteProtect, writeProtect, writeProtectSteps } from '#model';
import { ahead, at, claim, forEvery, holds, idle, implies, passed, suite } from '#notation';
import { willReportUnsent } from './dirty-log.ts';

const {
  __kvm_write_track_add_gfn,
  __kvm_write_track_remove_gfn,
  copy_to_user,
  firstPass,
  kvm_clear_dirty_log_protect,
  kvm_get_dirty_log_protect,
  mark_page_dirty,
} = writeProtectSteps;

export const writeTracked = claim(
  'while mmu_lock is free, no TLB has a write-tracked gfn as writable',
  (s: Pick<WriteProtect, 'gfn_write_track' | 'mmu_lock' | 'tlb'>) =>
    s.gfn_write_track.every((tracked, gfn) =>
      implies(tracked === 1 && !s.mmu_lock.held, () => s.tlb.every((tlb) => !tlb[gfn])),
    ),
);

/** Whether the log is on, and the ioctl that switched it on has returned. */
function logs({ slot, ioctl }: WriteProtect): boolean {
  return slot.logged && ioctl.every((each) => !ahead(each, firstPass));
}

/** Whether the page's dirty bit is set, or the ioctl has it and is yet to report the page. */
function isOrWillBeReported(s: WriteProtect, gfn: Gfn): boolean {
  return (
    s.dirty_bitmap[gfn] === 1 ||
    s.ioctl.some(
      (ioctl) =>
        (passed(ioctl, kvm_get_dirty_log_protect) || passed(ioctl, kvm_clear_dirty_log_protect)) &&
        ahead(ioctl, copy_to_user) &&
        ioctl.mask[gfn] === 1,
    )
  );
}

export const noWritableLarge = claim(
  'while the log is on, no large SPTE is writable; or, if it began with all dirty bits set, as long as they are',
  (s: WriteProtect) =>
    implies(
      logs(s),
      () => !s.large.writable || (s.slot.initiallySet && s.spte.every((_, gfn) => isOrWillBeReported(s, gfn))),
    ),
);

export const dirtyCovered = claim(
  'every page that is writable or unsent has its dirty bit set, or a fault is yet to set it, or the ioctl is yet to report it',
  (s: WriteProtect) =>
    s.spte.every((_, gfn) =>
      implies(
        logs(s) && (lastLevelSpte(s, gfn).writable || s.tlb.some((tlb) => tlb[gfn] === 1) || s.ghost.unsent[gfn] === 1),
        () =>
          isOrWillBeReported(s, gfn) ||
          s.vcpu.some((vcpu) => ahead(vcpu, mark_page_dirty) && vcpu.fault.logged && vcpu.fault.gfn === gfn),
      ),
    ),
);

export const noLostWrite = claim(
  'when nobody is in the middle of anything, every page written since its last report has its dirty bit set',
  (s: WriteProtect) => implies(s.slot.logged && s.vcpu.every(idle) && s.ioctl.every(idle), () => willReportUnsent(s)),
);

/** Of one fault; `faultCompletes` is about those that follow it, too. */
export const faultMapsItsPage = claim(
  'a fault under mmu_lock leaves its page writable, unless the write is emulated',
  (s: WriteProtect) =>
    s.vcpu.every((vcpu) =>
      implies(at(vcpu, mark_page_dirty) && holds(s.mmu_lock, vcpu), () => lastLevelSpte(s, vcpu.fault.addr).writable),
    ),
);

/** Whether a vCPU is on its way to map the page that it faulted on. */
function maps(vcpu: WriteProtect['vcpu'][VcpuId]): boolean {
  return ahead(vcpu, mark_page_dirty) && !at(vcpu, mark_page_dirty);
}

/** Whether a vCPU does something else than fault on a page: one that need not come back to it, which no claim can tell from an endless fault. */
function turnsElsewhere(vcpu: WriteProtect['vcpu'][VcpuId], gfn: Gfn): boolean {
  if (at(vcpu, __kvm_write_track_add_gfn) || at(vcpu, __kvm_write_track_remove_gfn)) return true;
  return maps(vcpu) && vcpu.fault.addr !== gfn;
}

export const faultCompletes = claim(
  'a page that a vCPU faults on comes to be writable, or the write is emulated, or a vCPU turns to something else',
  forEvery(Gfn, [
    ({ vcpu }: WriteProtect, gfn) => vcpu.some((each) => maps(each) && each.fault.addr === gfn),
    (s: WriteProtect, gfn) =>
      lastLevelSpte(s, gfn).writable ||
      s.gfn_write_track[gfn] === 1 ||
      s.vcpu.some((each) => turnsElsewhere(each, gfn)),
  ]),
);

export const aTlbOutlivesItsSpte = claim('a TLB still has as writable what is write-protected', (s: WriteProtect) =>
  s.tlb.some((tlb) => tlb.some((writable, gfn) => writable === 1 && !lastLevelSpte(s, gfn).writable)),
);

export const aWriteIsReported = claim('the ioctl reports a page that was written', (s: WriteProtect) =>
  s.ioctl.some(
    (ioctl) => at(ioctl, copy_to_user) && ioctl.mask.some((mask, gfn) => mask === 1 && s.ghost.unsent[gfn] === 1),
  ),
);

const lost = ['dirtyCovered', 'noLostWrite'] as const;

export const writeProtectSuite = suite(writeProtect, {
  invariants: { writeTracked, noWritableLarge, dirtyCovered, noLostWrite, faultMapsItsPage },
  reachable: { aTlbOutlivesItsSpte, aWriteIsReported },
  leadsTo: { faultCompletes },
  measures: {
    mmuLockHeld: {
      what: 'steps that the ioctl takes while it holds mmu_lock',
      of: 'ioctl',
      while: (s) => s.ioctl.some((ioctl) => holds(s.mmu_lock, ioctl)),
      sweep: {
        set: 'gfn',
        from: 1,
        to: 2,
        bounds: { vcpu: 1 },
        variants: ['inside-if-mmu-writable-cleared', 'outside-if-mmu-writable-cleared'],
      },
      published: 'migrate-perf, the time of KVM_GET_DIRTY_LOG: 9009483 ns before, 4807343 ns after',
      unsaid: 'how much of that is the flush and how much the lock: the whole series was measured',
    },
  },
  violated: {
    'inside-if-writable': [],
    'outside-if-writable': ['writeTracked'],
    'inside-if-mmu-writable': [],
    'outside-if-mmu-writable': [],
    'inside-if-mmu-writable-cleared': [],
    'outside-if-mmu-writable-cleared': [],
    'log-flushes-if-mmu-writable': [],
    'log-flushes-if-mmu-writable-cleared': lost,
    'large-read-only': [],
    'large-dropped': [],
    'large-dropped-flush-outside': ['writeTracked'],
    'no-small-page-drop': ['faultMapsItsPage', 'faultCompletes'],
    'small-page-drop-no-flush': ['writeTracked'],
    'fast-large': ['noWritableLarge', ...lost],
    'no-srcu': ['noWritableLarge', ...lost],
    'copy-fails': lost,
    'initially-set': [],
    'initially-set-copy-fails': [],
    'initially-set-mmu-writable-cleared': ['writeTracked'],
    'initially-set-small-only': ['noWritableLarge', ...lost],
  },
});
