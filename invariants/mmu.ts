/** What is claimed of the MMU as a whole, and which claim each mistake breaks. */
import { countEntries, listHolds, type Mmu, mmu, mmuSteps } from '#model';
import { ahead, at, claim, idle, implies, passed, suite } from '#notation';
import { willReportUnsent } from './dirty-log.ts';
import { headNeverEmpty, tailsAlwaysFull } from './pte-list.ts';
import { writeTracked } from './write-protect.ts';

const { change_host_ptes, copy_to_user, kvm_faultin_pfn, kvm_get_dirty_log_protect, mark_page_dirty } = mmuSteps;
type Gfn = Mmu['mm'][0]['gfn'];

export const rmapExact = claim(
  'while mmu_lock is free, an rmap has each SPTE that maps its gfn once, and no other',
  (s: Mmu) =>
    s.mmu_lock.held ||
    s.rmap_head.every((head, gfn) => {
      const mapped = s.spte.reduce((count, spte) => (spte.present && spte.gfn === gfn ? count + 1 : count), 0);
      return (
        countEntries(s, head) === mapped &&
        s.spte.every((spte, id) => !spte.present || spte.gfn !== gfn || listHolds(s, gfn, id))
      );
    }),
);

/** Whether somebody can write to the page without a fault. */
function isWritable({ spte, tlb }: Mmu, gfn: Gfn): boolean {
  return spte.some((each) => each.writable && each.gfn === gfn) || tlb.some((each) => each[gfn] === 1);
}

export const dirtyCovered = claim(
  'every page that is writable or unsent has its dirty bit set, or a fast page fault is about to set it, or the ioctl is yet to report it',
  (s: Mmu) =>
    s.dirty_bitmap.every((dirty, gfn) =>
      implies(
        isWritable(s, gfn) || s.ghost.unsent[gfn] === 1,
        () =>
          dirty === 1 ||
          s.vcpu.some((vcpu) => at(vcpu, mark_page_dirty) && vcpu.op.rmap_head === gfn) ||
          s.ioctl.some(
            (ioctl) => passed(ioctl, kvm_get_dirty_log_protect) && ahead(ioctl, copy_to_user) && ioctl.mask[gfn] === 1,
          ),
      ),
    ),
);

export const noLostWrite = claim(
  'when nobody is in the middle of anything, every page written since its last report has its dirty bit set',
  (s: Mmu) => implies(s.vcpu.every(idle) && s.ioctl.every(idle), () => willReportUnsent(s)),
);

export const noStalePfn = claim(
  'an SPTE maps the page that the host maps there; while the host takes it away, no SPTE and no TLB has it',
  (s: Mmu) =>
    s.spte.every(({ gfn, present, pfn }) => implies(present, () => pfn === s.host[gfn].pfn)) &&
    s.mm.every((mm) =>
      implies(
        at(mm, change_host_ptes),
        () => !isWritable(s, mm.gfn) && s.spte.every(({ gfn, present }) => !present || gfn !== mm.gfn),
      ),
    ),
);

export const aTlbOutlivesItsSpte = claim('a TLB still has as writable what no SPTE maps so any more', (s: Mmu) =>
  s.tlb.some((tlb) =>
    tlb.some((cached, gfn) => cached === 1 && !s.spte.some((each) => each.writable && each.gfn === gfn)),
  ),
);

export const aFaultHasAStalePfn = claim(
  'a fault has looked up a page that the host has taken away since',
  ({ vcpu, host }: Mmu) =>
    vcpu.some((each) => passed(each, kvm_faultin_pfn) && each.pfn !== host[each.op.rmap_head].pfn),
);

export const aWriteIsReported = claim('the ioctl reports a page that was written', (s: Mmu) =>
  s.ioctl.some(
    (ioctl) => at(ioctl, copy_to_user) && ioctl.mask.some((mask, gfn) => mask === 1 && s.ghost.unsent[gfn] === 1),
  ),
);

export const mmuSuite = suite(mmu, {
  invariants: { tailsAlwaysFull, headNeverEmpty, rmapExact, dirtyCovered, noLostWrite, writeTracked, noStalePfn },
  reachable: { aTlbOutlivesItsSpte, aFaultHasAStalePfn, aWriteIsReported },
  violated: {
    'all-together': [],
    'fill-from-same': ['tailsAlwaysFull', 'range'],
    'empty-head-kept': ['headNeverEmpty', 'BUG_ON'],
    'rmap-add-again': ['rmapExact', 'range'],
    'fast-dirty-then-spte': ['dirtyCovered', 'noLostWrite'],
    'report-then-flush': ['dirtyCovered', 'noLostWrite'],
    'track-flushes-if-writable': ['writeTracked'],
    'no-retry': ['noStalePfn'],
    'recycle-no-flush': ['writeTracked', 'noStalePfn'],
  },
});
