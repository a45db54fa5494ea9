/** The dirty log's side of write protection: the ioctls that switch it on, read it and clear it. */
import { blocked, either, exit, forAny, holding, type Next } from '#notation';
import { copy_to_user, kvm_get_dirty_log_protect } from '../kernel/dirty-bitmap.ts';
import { flush_remote_tlbs } from '../kernel/flush-remote-tlbs.ts';
import { Gfn } from '../kernel/spte.ts';
import { synchronize } from '../kernel/srcu.ts';
import { clearWritable, type FlushTest, type Protect, spte_write_protect } from '../kernel/write-protect.ts';
import type { Ioctl, List, WriteProtect } from './state.ts';

// KVM_SET_USER_MEMORY_REGION.

function kvm_set_memslot({ slot, dirty_bitmap }: WriteProtect): Next {
  if (slot.logged) return blocked;
  slot.logged = true;
  if (!slot.initiallySet) return;
  dirty_bitmap.forEach((_, gfn) => {
    dirty_bitmap[gfn] = 1;
  });
}
function removeWriteAccess(protectLarge: Protect): List<Ioctl> {
  function kvm_mmu_slot_remove_write_access(s: WriteProtect): void {
    protectLarge(s.large);
  }
  return [kvm_mmu_slot_remove_write_access, slot_rmap_write_protect];
}
function slot_rmap_write_protect({ spte }: WriteProtect, { done }: Ioctl): Next {
  const gfn = done.indexOf(0) as Gfn;
  clearWritable(spte[gfn]);
  done[gfn] = 1;
  if (done.includes(0)) return slot_rmap_write_protect;
}
/** Userspace sends all pages once. */
export function firstPass({ ghost }: WriteProtect): void {
  ghost.unsent.forEach((_, gfn) => {
    ghost.unsent[gfn] = 0;
  });
}

// KVM_GET_DIRTY_LOG, and KVM_CLEAR_DIRTY_LOG after a GET that only copied.

/** Of small SPTEs: no large one is writable while the log is on, unless all dirty bits were set at first. */
function protectMasked(flushIf: FlushTest) {
  return function kvm_mmu_write_protect_pt_masked({ spte }: WriteProtect, ioctl: Ioctl): Next {
    const { mask, done, flushFor } = ioctl;
    const isLeft = (reaped: 0 | 1, gfn: Gfn) => reaped === 1 && !done[gfn];
    const gfn = mask.findIndex(isLeft) as Gfn;
    if (spte_write_protect(spte[gfn], clearWritable, flushIf)) flushFor[gfn] = 1;
    done[gfn] = 1;
    if (mask.some(isLeft)) return kvm_mmu_write_protect_pt_masked;
    if (!flushFor.includes(1)) return exit;
  };
}
function kvm_get_dirty_log(s: WriteProtect, { mask }: Ioctl): Next {
  if (!s.dirty_bitmap.includes(1)) return exit;
  s.dirty_bitmap.forEach((dirty, gfn) => {
    mask[gfn] = dirty;
  });
}
/** Of one page that userspace was told of. */
export function kvm_clear_dirty_log_protect(s: WriteProtect, { mask }: Ioctl, gfn: Gfn): Next {
  if (!mask[gfn]) return blocked;
  mask.forEach((_, other) => {
    if (other !== gfn) mask[other] = 0;
  });
  s.dirty_bitmap[gfn] = 0;
}
/** Of the large SPTE, before those of small ones. */
export function protectHugePages(protectLarge: Protect): List<Ioctl> {
  function kvm_arch_mmu_enable_log_dirty_pt_masked(s: WriteProtect): void {
    protectLarge(s.large);
  }
  return [kvm_arch_mmu_enable_log_dirty_pt_masked];
}
/** EFAULT: userspace learns nothing. */
export function copyFails(): Next {
  return exit;
}

/** With the flush inside or outside. */
function underMmuLock(flushesInside: boolean, ...steps: List<Ioctl>): List<Ioctl> {
  if (flushesInside) return holding('mmu_lock', ...steps, flush_remote_tlbs);
  return [...holding('mmu_lock', ...steps), flush_remote_tlbs];
}

const ifReaped: FlushTest = () => true;

/** What differs between variants of the log. */
export interface LogParts {
  flushesInside?: boolean;
  protectLarge?: Protect;
  /** In place of "if a bit was reaped". */
  getFlushesIf?: FlushTest;
  srcu?: List<Ioctl>;
  report?: List<Ioctl>;
}

/** Switching the log on write-protects everything, and GET what it reports. */
export function logAndGet({
  flushesInside = false,
  protectLarge = clearWritable,
  getFlushesIf = ifReaped,
  srcu = synchronize,
  report = [copy_to_user],
}: LogParts): List<Ioctl> {
  const enable = underMmuLock(flushesInside, ...removeWriteAccess(protectLarge));
  const get = underMmuLock(flushesInside, kvm_get_dirty_log_protect, protectMasked(getFlushesIf));
  //  To be able to return before the flush, and to report nevertheless, GET's work is a called function.
  const called = getFlushesIf === ifReaped ? get : [get];
  return [either([kvm_set_memslot, ...srcu, ...enable, firstPass], [...called, ...report])];
}

/** Switching the log on write-protects nothing, GET copies, and CLEAR write-protects. */
export function logAndClear(
  protectLarge: List<Ioctl>,
  afterGet: (clear: List<Ioctl>) => List<Ioctl> = (clear) => clear,
): List<Ioctl> {
  const steps = [forAny(Gfn, kvm_clear_dirty_log_protect), ...protectLarge, protectMasked(ifReaped)];
  const clear = [...underMmuLock(false, ...steps), copy_to_user];
  return [either([kvm_set_memslot, ...synchronize], [kvm_get_dirty_log, ...afterGet(clear)])];
}
