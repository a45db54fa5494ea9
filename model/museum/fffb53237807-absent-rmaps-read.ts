/**
 * With the TDP MMU a memslot has no rmaps until the first shadow page is wanted; mmu_rmaps_stat reads them all the same.
 *
 * Models "KVM: x86: Check for rmaps allocation" (fffb53237807) (arch/x86/kvm/debugfs.c: kvm_mmu_rmaps_stat_show; arch/x86/kvm/mmu.h:
 * kvm_memslots_have_rmaps; arch/x86/kvm/mmu/mmu.c: mmu_first_shadow_root_alloc).
 *
 * Assumes that no memslot comes or goes, which slots_lock would keep from the reader.
 */
import {
  array,
  bool,
  exit,
  holding,
  type Id,
  model,
  type Next,
  once,
  range,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';

const Slot = range('slot');
const Vcpu = symmetric('vcpu');
const Reader = symmetric('reader');

const state = {
  slots_arch_lock: spinlock,
  mmu_lock: spinlock,
  slot: array(Slot, { rmap: bool }),
  shadow_root_allocated: bool,
  vcpu: thread(Vcpu, { slot: upTo(Slot) }),
  reader: thread(Reader, { slot: upTo(Slot) }),
};
export interface AbsentRmapsRead extends StateOf<typeof state> {}
type Vcpu = AbsentRmapsRead['vcpu'][Id<typeof Vcpu>];
type Reader = AbsentRmapsRead['reader'][Id<typeof Reader>];

/** Somebody else may have been first. */
function mmu_first_shadow_root_alloc({ shadow_root_allocated }: AbsentRmapsRead, vcpu: Vcpu): Next {
  if (shadow_root_allocated) return exit;
  vcpu.slot = 0;
}

function memslot_rmap_alloc({ slot }: AbsentRmapsRead, vcpu: Vcpu): Next {
  slot[vcpu.slot].rmap = true;
  vcpu.slot++;
  if (vcpu.slot < slot.length) return memslot_rmap_alloc;
}

function set_shadow_root_allocated(s: AbsentRmapsRead): void {
  s.shadow_root_allocated = true;
}

function kvm_mmu_rmaps_stat_show(_: AbsentRmapsRead, reader: Reader): void {
  reader.slot = 0;
}

function kvm_memslots_have_rmaps({ shadow_root_allocated }: AbsentRmapsRead): Next {
  if (!shadow_root_allocated) return exit;
}

function pte_list_count({ slot }: AbsentRmapsRead, reader: Reader): Next {
  reader.slot++;
  if (reader.slot < slot.length) return pte_list_count;
}

/** What the claims name. */
export const absentRmapsReadSteps = { pte_list_count };

const rmapsThenFlag = once(
  ...holding('slots_arch_lock', mmu_first_shadow_root_alloc, memslot_rmap_alloc, set_shadow_root_allocated),
);
const show = holding('mmu_lock', kvm_mmu_rmaps_stat_show, pte_list_count);

export const absentRmapsRead = model({
  name: 'museum/fffb53237807',
  about: 'mmu_rmaps_stat reads rmaps that have not been allocated',
  state,
  bounds: { slot: 2, vcpu: 2, reader: 2 },
  variants: {
    'not-checked': { vcpu: rmapsThenFlag, reader: show },
    checked: { vcpu: rmapsThenFlag, reader: [kvm_memslots_have_rmaps, ...show] },
    'flag-before-rmaps': {
      vcpu: once(
        ...holding('slots_arch_lock', mmu_first_shadow_root_alloc, set_shadow_root_allocated, memslot_rmap_alloc),
      ),
      reader: [kvm_memslots_have_rmaps, ...show],
    },
  },
});
