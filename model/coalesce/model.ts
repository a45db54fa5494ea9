/**
 * Coalescing: a fault puts a block back where dirty logging had left a table of pages, while other vCPUs run through that table.
 *
 * Models "KVM: arm64: Install the block entry before unmapping the page mappings" (Yanan Wang, 2021) against the order before it, and
 * the parallel faults of 6.2 (arch/arm64/kvm/hyp/pgtable.c: stage2_map_walker and what it calls, stage2_try_break_pte;
 * arch/arm64/kvm/mmu.c: user_mem_abort).
 *
 * Assumes one entry with one level of tables below it, and one VMID. To start the dirty log makes blocks read-only everywhere at once,
 * and pages are read-only when it has stopped. A page that is mapped stays mapped in its table. Of a count of references only the
 * page's own changes are told: an entry that replaces another under mmu_lock keeps its reference. nT, which no KVM uses: a CPU
 * translates by a block that has it, and does not cache it. mmu_lock was a spinlock in 2021: it is one where it is held for writing.
 */
import { either, forAny, holding, type Item, model, read } from '#notation';
import { Leaf, Table } from '../kernel/stage2.ts';
import {
  __kvm_tlb_flush_vmid,
  __kvm_tlb_flush_vmid_ipa,
  __kvm_tlb_flush_vmid_ipa_level,
  __kvm_tlb_flush_vmid_range,
  flushRangeOfStage2Only,
  hardwareWalk,
} from '../kernel/tlb.ts';
import {
  breakBlock,
  breakToZero,
  type Coalesce,
  call_rcu,
  clean_dcache_guest_page,
  firstBlock,
  freeChild,
  freeFollow,
  installBlock,
  installBlockNT,
  kvm_pgtable_visit,
  kvm_set_invalid_pte,
  kvm_set_table_pte,
  mapPage,
  permission_fault,
  putOld,
  rcu_read_unlock,
  reloadEntry,
  skipIfCoalescing,
  stage2_free_removed_table_rcu_cb,
  stage2_map_walk_leaf,
  stage2_map_walk_table_pre,
  stage2_map_walker_try_leaf,
  stage2_try_break_pte,
  state,
  translation_fault,
  tryBreakOrFree,
  unmapLeaf,
  updateAnyway,
  type Vcpu,
  walkOn,
} from './fault.ts';

type Steps = readonly Item<Coalesce, Vcpu, 'mmu_lock'>[];

const translation = forAny(Leaf, translation_fault);
const permission = forAny(Leaf, permission_fault);
const flush = __kvm_tlb_flush_vmid;
const flushBlock = __kvm_tlb_flush_vmid_ipa_level;
const clean: Steps = [clean_dcache_guest_page];
const invalid = kvm_set_invalid_pte;
const install = installBlock;

/** The callbacks of a walk. */
interface Walk {
  /** A table becomes a block. */
  coalesce: Steps;
  /** A block is mapped where there is no table. */
  block: Steps;
  /** A page is mapped, in a table that may have to take the place of a block. */
  page: Steps;
}

function walk({ coalesce, block, page }: Walk): Steps {
  return [kvm_pgtable_visit, either([stage2_map_walk_table_pre, ...coalesce], block, page)];
}

/** The patch. */
const patched: Walk = {
  coalesce: [invalid, flush, install, unmapLeaf, freeFollow],
  block: [stage2_map_walker_try_leaf, firstBlock],
  page: [stage2_map_walk_leaf, breakBlock, flushBlock, putOld, kvm_set_table_pte, mapPage],
};

/** As in 2021: cleaned before the walk, everything under mmu_lock. */
function serial(changed: Partial<Walk> = {}, cleaning = clean) {
  const walked = walk({ ...patched, ...changed });
  return { vcpu: [either([translation], [permission]), ...holding('mmu_lock', cleaning, walked)] };
}
function coalescing(...coalesce: Steps) {
  return serial({ coalesce });
}

/** As in 6.2: cleaned between break and make, mmu_lock held for reading. */
function parallel(...coalesce: Steps) {
  const walked = walk({
    coalesce,
    block: [stage2_map_walker_try_leaf, stage2_try_break_pte, clean, firstBlock],
    page: [stage2_map_walk_leaf, tryBreakOrFree, flushBlock, putOld, kvm_set_table_pte, clean, mapPage],
  });
  return {
    vcpu: [either([translation], [permission]), ...holding(read('mmu_lock'), walked, rcu_read_unlock)],
    actions: [...actions, forAny(Table, stage2_free_removed_table_rcu_cb)],
  };
}

function toggle_dirty_log(s: Coalesce): void {
  s.logging = !s.logging;
}
const actions = [...hardwareWalk, toggle_dirty_log];

function withoutFwb(s: Coalesce): void {
  s.root.page_count = 1;
  s.memory.page_count = 1;
}
function withFwb(s: Coalesce): void {
  withoutFwb(s);
  s.fwb = true;
}

export const coalesce = model({
  name: 'coalesce',
  about: 'in which order a table of pages is turned back into a block while other vCPUs run through it',
  state,
  bounds: { vcpu: 2, leaf: 2, table: 2 },
  actions,
  initial: [withoutFwb, withFwb],
  variants: {
    'install-after-unmap': coalescing(invalid, flush, unmapLeaf, freeChild, install), //  A0
    'install-before-unmap': serial(), //  A1
    //  Since 6.6 every address of the range, for the whole VMID.
    'flush-range': coalescing(invalid, __kvm_tlb_flush_vmid_range, install, unmapLeaf, freeFollow),
    //  6.2 where there is no RCU: the callback does it all, and the walker looks again.
    'free-in-callback': coalescing(invalid, flush, install, unmapLeaf, freeFollow, reloadEntry),
    //  5.14: each callback cleans what it maps.
    'clean-in-map': serial(
      {
        coalesce: [invalid, flush, clean, install, unmapLeaf, freeFollow],
        block: [stage2_map_walker_try_leaf, clean, firstBlock],
        page: [stage2_map_walk_leaf, breakBlock, flushBlock, putOld, kvm_set_table_pte, clean, mapPage],
      },
      [],
    ),
    'nt-bit': coalescing(installBlockNT, flush, install, unmapLeaf, freeFollow), //  A12
    parallel: parallel(stage2_try_break_pte, flush, clean, install, call_rcu, reloadEntry),
    //  A7 again: the walker is in a table that is unlinked, and RCU keeps it.
    'parallel-walk-on': parallel(stage2_try_break_pte, flush, clean, install, call_rcu, walkOn),

    'no-break': coalescing(install, flush, unmapLeaf, freeFollow), //  A2
    'install-before-flush': coalescing(invalid, install, flush, unmapLeaf, freeFollow),
    'flush-one-address': coalescing(invalid, __kvm_tlb_flush_vmid_ipa, install, unmapLeaf, freeFollow), //  A3
    'flush-stage-2-only': coalescing(invalid, flushRangeOfStage2Only, install, unmapLeaf, freeFollow),
    'flush-with-level-hint': coalescing(invalid, flushBlock, install, unmapLeaf, freeFollow), //  A5
    'free-before-flush': coalescing(invalid, unmapLeaf, freeFollow, flush, install), //  A4
    'no-follow': coalescing(invalid, flush, install, unmapLeaf, freeChild), //  A6
    'walk-on': coalescing(invalid, flush, install, unmapLeaf, freeFollow, walkOn), //  A7
    'reload-before-unmap': coalescing(invalid, flush, install, reloadEntry, unmapLeaf, freeFollow), //  A8
    'no-put': serial({ page: patched.page.filter((step) => step !== putOld) }), //  A9
    'no-last-put': coalescing(invalid, flush, install, unmapLeaf, reloadEntry), //  A10
    'update-anyway': serial({ block: [updateAnyway, invalid, flushBlock, putOld, firstBlock] }),
    'no-clean-when-coalescing': serial({}, [skipIfCoalescing, clean_dcache_guest_page]), //  A11
    //  v5.11 itself: `if (fault_status != FSC_PERM && !device)`.
    'no-clean-on-permission-fault': {
      vcpu: either(
        [translation, ...holding('mmu_lock', clean, walk(patched))],
        [permission, ...holding('mmu_lock', walk(patched))],
      ),
    },
    'parallel-plain-store': parallel(invalid, flush, clean, install, call_rcu, reloadEntry),
    'parallel-break-to-zero': parallel(breakToZero, flush, clean, install, call_rcu, reloadEntry),
    'parallel-free-at-once': parallel(stage2_try_break_pte, flush, clean, install, unmapLeaf, freeFollow, reloadEntry),
  },
});
