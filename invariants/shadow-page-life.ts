/** What nobody may be in when it is freed, and where each protocol fails. */
import { type ShadowPageLife, shadowPageLife, shadowPageLifeSteps } from '#model';
import { at, claim, idle, implies, NULL, suite } from '#notation';

const { hashed, vm_exit } = shadowPageLifeSteps;

export const spLife = claim(
  'a shadow page that a walk without mmu_lock is in has not been freed',
  ({ vcpu, ioctl, sp }: ShadowPageLife) =>
    vcpu.every((each) => idle(each) || each.sp === NULL || sp[each.sp].allocated) &&
    ioctl.every((each) => idle(each) || each.sp === NULL || sp[each.sp].allocated),
);

export const hardwareWalksLivePages = claim(
  'the hardware of a vCPU that is in the guest walks through no shadow page that has been freed',
  ({ vcpu, cpu, sp }: ShadowPageLife) =>
    vcpu.every((each) => {
      const { walk_cache } = cpu[each.id];
      return !at(each, vm_exit) || walk_cache === NULL || sp[walk_cache].allocated;
    }),
);

export const hashIsWhole = claim(
  'when mmu_lock is free, the hash has every shadow page that is linked, and none that has been freed',
  (s: ShadowPageLife) =>
    implies(!s.mmu_lock.held, () =>
      s.sp.every(({ allocated, gfn }, sp) => {
        if (!allocated) return !hashed(s, sp);
        return gfn === NULL || hashed(s, sp);
      }),
    ),
);

export const aWalkerIsInAZappedPage = claim(
  'a vCPU walks without mmu_lock through a page that has been zapped',
  ({ vcpu, sp }: ShadowPageLife) =>
    vcpu.some((each) => !idle(each) && each.sp !== NULL && sp[each.sp].allocated && sp[each.sp].gfn === NULL),
);

export const aGuestIsInAZappedPage = claim(
  'the hardware of a vCPU that is in the guest walks through a page that has been zapped',
  ({ vcpu, cpu, sp }: ShadowPageLife) =>
    vcpu.some((each) => {
      const { walk_cache } = cpu[each.id];
      return at(each, vm_exit) && walk_cache !== NULL && sp[walk_cache].gfn === NULL;
    }),
);

export const shadowPageLifeSuite = suite(shadowPageLife, {
  invariants: { spLife, hardwareWalksLivePages, hashIsWhole },
  reachable: { aWalkerIsInAZappedPage, aGuestIsInAZappedPage },
  violated: {
    'irq-off': [],
    'always-rcu': [],
    'rcu-while-flagged': [],
    'no-barrier-after-mode': ['spLife'],
    'no-barrier-after-guest-mode': ['hardwareWalksLivePages'],
    'no-barrier-before-requests': ['hardwareWalksLivePages'],
    'no-barrier-before-mode': ['spLife', 'hardwareWalksLivePages'],
    'no-barrier-after-flag': ['spLife'],
    'no-barrier-before-flag-is-cleared': [],
    'no-barrier-before-flag': ['spLife', 'hardwareWalksLivePages'],
    'mode-set-after-read': ['spLife'],
    'mode-read-before-unlink': ['spLife', 'hardwareWalksLivePages'],
    'flag-set-after-read': ['spLife'],
    'flag-read-before-unlink': ['spLife'],
    'irqs-on': ['spLife'],
    'guests-only-interrupted': ['spLife'],
    'interrupts-not-awaited': ['spLife', 'hardwareWalksLivePages'],
    'requests-not-rechecked': ['hardwareWalksLivePages'],
    'outside-rcu': ['spLife'],
    'freed-at-once': ['spLife'],
    'no-flag': ['spLife'],
    'flag-outside-rcu': ['spLife'],
    'flag-cleared-early': ['spLife'],
    'freed-while-hashed': ['hashIsWhole'],
    'unhashed-by-callback': ['hashIsWhole'],
  },
});
