/**
 * Coalescing: a fault puts a block back where dirty logging had left a table of pages, while other vCPUs run through
 * that table.
 *
 * Models "KVM: arm64: Install the block entry before unmapping the page mappings" (Yanan Wang, 2021) beside the order
 * before it, and the parallel faults of 6.2 (arch/arm64/kvm/hyp/pgtable.c: stage2_map_walker and what it calls,
 * stage2_try_break_pte; arch/arm64/kvm/mmu.c: user_mem_abort).
 *
 * Assumes one entry, one level of tables below it and one VMID. The walker sees a store at once: barriers are not told
 * apart. When the dirty log starts, blocks are read-only everywhere at once; when it has stopped, pages are. Pages
 * leave a table only with it. An entry that takes the place of another keeps its reference, except where it is dropped
 * and taken in separate steps of a walk. Parallel faults all hold mmu_lock for reading, which stops nobody, and are RCU
 * readers from first to last. nT, which no KVM uses, is taken to mean that a CPU translates by the block and does not
 * cache it.
 */
import { either, forAny, holding, type Item, model } from '#notation';
import { get_page, Leaf, map_pte, Table, zalloc_page } from '../kernel/stage2.ts';
import {
  freeFollow,
  installBlock,
  installBlockNT,
  kvm_set_invalid_pte,
  reloadEntry,
  setEntry,
  unmapLeaf,
  walkOn,
} from '../kernel/stage2-walk.ts';
import {
  flushAddress,
  flushAddressAtLevel,
  flushRange,
  flushRangeOfStage2,
  flushVmid,
  hardwareWalk,
  hardwareWalkOfStage2,
} from '../kernel/tlb.ts';
import {
  breakBlock,
  breakByStore,
  breakToZero,
  breakWithoutPut,
  type Coalesce,
  call_rcu,
  clean_dcache_guest_page,
  firstBlock,
  freeChild,
  kvm_set_table_pte,
  mapPage,
  permission_fault,
  rcu_read_unlock,
  samePage,
  skipIfCoalescing,
  stage2_free_removed_table_rcu_cb,
  stage2_map_walk_leaf,
  stage2_map_walk_table_pre,
  stage2_map_walker_try_leaf,
  stage2_try_break_pte,
  state,
  translation_fault,
  tryBreakOrFree,
  updateAnyway,
  type Vcpu,
} from './fault.ts';
import { kernelSource } from './source.ts';

type Steps = readonly Item<Coalesce, Vcpu, 'mmu_lock'>[];

const translation = forAny(Leaf, translation_fault);
const permission = forAny(Leaf, permission_fault);
const flush = flushVmid;
const flushBlock = flushAddressAtLevel;
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
  return [either([stage2_map_walk_table_pre, ...coalesce], block, page)];
}

/** The patch. */
const patched: Walk = {
  coalesce: [invalid, flush, install, unmapLeaf, freeFollow],
  block: [stage2_map_walker_try_leaf, firstBlock],
  page: [stage2_map_walk_leaf, breakBlock, flushBlock, kvm_set_table_pte, samePage, mapPage],
};

/** As in 2021: cleaned before the walk, everything under mmu_lock. */
function serial(changed: Partial<Walk> = {}, cleaning = clean) {
  const walked = walk({ ...patched, ...changed });
  return { vcpu: [either([translation], [permission]), ...holding('mmu_lock', cleaning, walked)] };
}
/** A variant that turns a table into a block by these steps. */
export function coalescing(...coalesce: Steps) {
  return serial({ coalesce });
}

/** As in 6.2: cleaned between break and make, and others may do the same meanwhile. */
function parallel(...coalesce: Steps) {
  const walked = walk({
    coalesce,
    block: [stage2_map_walker_try_leaf, stage2_try_break_pte, clean, firstBlock],
    page: [stage2_map_walk_leaf, tryBreakOrFree, flushBlock, kvm_set_table_pte, samePage, clean, mapPage],
  });
  return {
    vcpu: [either([translation], [permission]), walked, rcu_read_unlock],
    actions: [...hardwareWalkOfStage2, toggle_dirty_log, forAny(Table, stage2_free_removed_table_rcu_cb)],
    initial: [nothingMapped, leftByTheDirtyLog],
  };
}

function toggle_dirty_log(s: Coalesce): void {
  s.logging = !s.logging;
}
const actions = [...hardwareWalkOfStage2, toggle_dirty_log];

/** With entries that combine stage 2 with stage 1, which a TLBI by IPA leaves. */
function ofBothStages<Of>(variant: Of) {
  return { ...variant, actions: [...hardwareWalk, toggle_dirty_log] };
}

// Where a run starts: nothing is mapped, or the dirty log has stopped when the guest had written one page.

function nothingMapped(s: Coalesce): void {
  get_page(s.root);
  get_page(s.memory);
}
function leftByTheDirtyLog(s: Coalesce): void {
  nothingMapped(s);
  const table = zalloc_page(s) as Table;
  setEntry(s, 'table', table);
  get_page(s.root);
  map_pte(s, table, 0);
  s.memory.cleaned[0] = 1;
}
function nothingMappedFwb(s: Coalesce): void {
  nothingMapped(s);
  s.fwb = true;
}
function leftByTheDirtyLogFwb(s: Coalesce): void {
  leftByTheDirtyLog(s);
  s.memory.cleaned[0] = 0;
  s.fwb = true;
}

export const coalesce = model({
  name: 'coalesce',
  about: 'in which order a table of pages is turned back into a block while other vCPUs run through it',
  source: kernelSource,
  state,
  bounds: { vcpu: 2, leaf: 2, table: 1 },
  actions,
  initial: [nothingMapped, leftByTheDirtyLog, nothingMappedFwb, leftByTheDirtyLogFwb],
  variants: {
    'install-after-unmap': coalescing(invalid, flush, unmapLeaf, freeChild, install), //  A0
    'install-before-unmap': serial(), //  A1
    //  As since 6.6: every address of the range for the whole VMID.
    'flush-range': ofBothStages(coalescing(invalid, flushRange, install, unmapLeaf, freeFollow)),
    //  As in 6.2 where there is no RCU: the callback does all of it, and the walker looks again.
    'free-in-callback': coalescing(invalid, flush, install, unmapLeaf, freeFollow, reloadEntry, walkOn),
    //  As in 5.14: each callback cleans what it maps.
    'clean-in-map': serial(
      {
        coalesce: [invalid, flush, clean, install, unmapLeaf, freeFollow],
        block: [stage2_map_walker_try_leaf, clean, firstBlock],
        page: [stage2_map_walk_leaf, breakBlock, flushBlock, kvm_set_table_pte, samePage, clean, mapPage],
      },
      [],
    ),
    'nt-bit': coalescing(installBlockNT, flush, install, unmapLeaf, freeFollow), //  A12
    parallel: parallel(stage2_try_break_pte, flush, clean, install, call_rcu, reloadEntry, walkOn),
    //  A7 where RCU keeps the table that the walker is in.
    'parallel-walk-on': parallel(stage2_try_break_pte, flush, clean, install, call_rcu, walkOn),

    //  A2. BBM level 2 allows it, at the price of a conflict abort.
    'no-break': coalescing(install, flush, unmapLeaf, freeFollow),
    'install-before-flush': coalescing(invalid, install, flush, unmapLeaf, freeFollow),
    'flush-one-address': coalescing(invalid, flushAddress, install, unmapLeaf, freeFollow), //  A3
    'flush-stage-2-only': ofBothStages(coalescing(invalid, flushRangeOfStage2, install, unmapLeaf, freeFollow)),
    'flush-with-level-hint': coalescing(invalid, flushBlock, install, unmapLeaf, freeFollow), //  A5
    'free-before-flush': coalescing(invalid, unmapLeaf, freeFollow, flush, install), //  A4
    'no-follow': coalescing(invalid, flush, install, unmapLeaf, freeChild), //  A6
    'walk-on': coalescing(invalid, flush, install, unmapLeaf, freeFollow, walkOn), //  A7
    'reload-before-unmap': coalescing(invalid, flush, install, reloadEntry, unmapLeaf, freeFollow), //  A8
    //  A9
    'no-put': serial({
      page: [stage2_map_walk_leaf, breakWithoutPut, flushBlock, kvm_set_table_pte, samePage, mapPage],
    }),
    'no-last-put': coalescing(invalid, flush, install, unmapLeaf, reloadEntry, walkOn), //  A10
    'update-anyway': serial({ block: [updateAnyway, invalid, flushBlock, installBlock] }),
    'no-clean-when-coalescing': serial({}, [skipIfCoalescing, clean_dcache_guest_page]), //  A11
    //  As v5.11 has it, and what is said against A11 holds against it: a permission fault coalesces too.
    'no-clean-on-permission-fault': {
      vcpu: either(
        [translation, ...holding('mmu_lock', clean, walk(patched))],
        [permission, ...holding('mmu_lock', walk(patched))],
      ),
    },
    'parallel-plain-store': parallel(breakByStore, flush, clean, install, call_rcu, reloadEntry, walkOn),
    'parallel-break-to-zero': parallel(breakToZero, flush, clean, install, call_rcu, reloadEntry, walkOn),
    'parallel-free-at-once': parallel(
      stage2_try_break_pte,
      flush,
      clean,
      install,
      unmapLeaf,
      freeFollow,
      reloadEntry,
      walkOn,
    ),
  },
});
