/**
 * How long a shadow page lives that has been zapped: until no vCPU, no hardware and no ioctl that walks without mmu_lock can be in it.
 *
 * Models "KVM: MMU: lockless walking shadow page table" (c2a2ac2b563c, 2011), "KVM: MMU: Don't use RCU for lockless shadow walking"
 * (c142786c6291, 2012), "KVM: MMU: reintroduce kvm_mmu_isolate_page()" and "KVM: MMU: allow locklessly access shadow page table out of
 * vcpu thread" (Xiao Guangrong, 2013) (arch/x86/kvm/mmu.c: walk_shadow_page_lockless_begin, walk_shadow_page_lockless_end,
 * kvm_mmu_prepare_zap_page, kvm_mmu_commit_zap_page, kvm_mmu_isolate_page, kvm_mmu_free_page; arch/x86/kvm/x86.c: vcpu_enter_guest;
 * virt/kvm/kvm_main.c: kvm_make_all_cpus_request).
 *
 * Assumes one shadow page for each gfn, under a root that is never freed, with one SPTE in it; one page in a zap. An IPI does not change
 * the mode of a vCPU in the guest (EXITING_GUEST_MODE). The readers that the patch of 2011 counts, to free at once when there are none, are
 * left out: the flag of 2013 is that protocol.
 */
import { either, holding, type Item, model } from '#notation';
import { interrupts } from '../kernel/interrupts.ts';
import { flushByRequests, inGuestOnly } from '../kernel/vcpu-requests.ts';
import {
  allLinked,
  atOnce,
  byRcu,
  call_rcu,
  callback,
  callbackThatUnhashes,
  flush,
  kvm_mmu_free_page,
  link,
  zap,
  zapReadingFlag,
  zapReadingFlagFirst,
  zapUnlinkingLast,
} from './free.ts';
import { type Holder, type Ioctl, hashed, type ShadowPageLife, state, type Vcpu } from './state.ts';
import {
  enterGuest,
  enterGuestUnchecked,
  flagClearedEarly,
  flagClearedWithoutBarrier,
  flagged,
  flaggedOutsideRcu,
  flaggedWithoutBarrier,
  flagSetAfterRead,
  hardware,
  inRcu,
  modeSetAfterRead,
  outsideRcu,
  underMmuLock,
  unprotected,
  vm_exit,
  withIrqsOff,
  withIrqsOn,
  withoutBarrier,
} from './walk.ts';
import { kernelSource } from './source.ts';

type VcpuList = readonly Item<ShadowPageLife, Vcpu, never>[];
type HolderList = readonly Item<ShadowPageLife, Holder, never>[];
/** What each side does; how it waits for the other. */
interface Protocol {
  readonly walk: VcpuList;
  readonly enter: VcpuList;
  readonly ioctl: readonly Item<ShadowPageLife, Ioctl, 'mmu_lock'>[];
  readonly zap: HolderList;
}

function threads(protocol: Protocol) {
  const { walk, enter, ioctl } = protocol;
  return { vcpu: either([walk], [enter]), ioctl, holder: holding('mmu_lock', either([link], [protocol.zap])) };
}

const atAnyTime = [hardware, interrupts];

/** 2012: a vCPU that walks has its interrupts off, and the flush before the page is freed waits for it. */
function irqOff(differs: Partial<Protocol> = {}) {
  const right = { walk: withIrqsOff, enter: enterGuest, ioctl: underMmuLock, zap: zap(flush, atOnce) };
  return { ...threads({ ...right, ...differs }), actions: atAnyTime };
}

/** 2011: it is in an RCU section, and the page is freed after a grace period. */
function alwaysRcu(differs: Partial<Protocol> = {}) {
  const right = { walk: inRcu, enter: enterGuest, ioctl: underMmuLock, zap: zap(flush, byRcu) };
  return { ...threads({ ...right, ...differs }), actions: [...atAnyTime, callback] };
}

/** 2013: as in 2012, and while an ioctl walks, a flag makes whoever frees wait for it by RCU. */
function whileFlagged(differs: Partial<Protocol> = {}) {
  const right = { walk: withIrqsOff, enter: enterGuest, ioctl: flagged, zap: zapReadingFlag(flush) };
  return { ...threads({ ...right, ...differs }), actions: [...atAnyTime, callback] };
}

const noBarrier = flushByRequests({ barrierBeforeMode: [] });

/** What the claims name. */
export const shadowPageLifeSteps = { hashed, vm_exit };

export const shadowPageLife = model({
  name: 'shadow-page-life',
  about: 'how long a zapped shadow page lives, for those who walk through it without mmu_lock',
  source: kernelSource,
  state,
  bounds: { gfn: 1, sp: 2, vcpu: 1, ioctl: 1, holder: 1 },
  initial: [allLinked],
  variants: {
    'irq-off': { ...irqOff(), memoryOrder: 'tso' },
    'always-rcu': { ...alwaysRcu(), memoryOrder: 'tso' },
    'rcu-while-flagged': { ...whileFlagged(), memoryOrder: 'tso' },

    //  Barriers: where stores are seen in order, all of these are right.
    'no-barrier-after-mode': { ...irqOff({ walk: withoutBarrier(withIrqsOff) }), memoryOrder: 'tso' },
    'no-barrier-after-guest-mode': { ...irqOff({ enter: withoutBarrier(enterGuest) }), memoryOrder: 'tso' },
    'no-barrier-before-requests': {
      ...irqOff({ zap: zap(flushByRequests({ barrierBeforeRequests: [] }), atOnce) }),
      memoryOrder: 'pso',
    },
    'no-barrier-before-mode': { ...irqOff({ zap: zap(noBarrier, atOnce) }), memoryOrder: 'tso' },
    'no-barrier-after-flag': {
      ...whileFlagged({ ioctl: flaggedWithoutBarrier }),
      memoryOrder: 'tso',
      bounds: { sp: 1 },
    },
    'no-barrier-before-flag-is-cleared': {
      ...whileFlagged({ ioctl: flagClearedWithoutBarrier }),
      memoryOrder: 'tso',
      bounds: { sp: 1 },
    },
    'no-barrier-before-flag': {
      ...whileFlagged({ zap: zapReadingFlag(noBarrier) }),
      memoryOrder: 'tso',
      bounds: { sp: 1 },
    },

    //  The same orders, written as the steps they allow.
    'mode-set-after-read': irqOff({ walk: modeSetAfterRead }),
    'mode-read-before-unlink': irqOff({ zap: zapUnlinkingLast(flush, atOnce) }),
    'flag-set-after-read': whileFlagged({ ioctl: flagSetAfterRead }),
    'flag-read-before-unlink': whileFlagged({ zap: zapReadingFlagFirst(flush) }),

    'irqs-on': irqOff({ walk: withIrqsOn }),
    'guests-only-interrupted': irqOff({ zap: zap(flushByRequests({ needsIpi: inGuestOnly }), atOnce) }),
    'interrupts-not-awaited': irqOff({ zap: zap(flushByRequests({ wait: [] }), atOnce) }),
    'requests-not-rechecked': irqOff({ enter: enterGuestUnchecked }),

    'outside-rcu': alwaysRcu({ walk: outsideRcu }),
    'freed-at-once': alwaysRcu({ zap: zap(flush, atOnce) }),

    'no-flag': irqOff({ ioctl: unprotected }),
    'flag-outside-rcu': whileFlagged({ ioctl: flaggedOutsideRcu }),
    'flag-cleared-early': whileFlagged({ ioctl: flagClearedEarly }),

    'freed-while-hashed': irqOff({ zap: zap(flush, [kvm_mmu_free_page]) }),
    'unhashed-by-callback': {
      ...alwaysRcu({ zap: zap(flush, [call_rcu]) }),
      actions: [...atAnyTime, ...callbackThatUnhashes],
    },
  },
});
