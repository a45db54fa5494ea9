/**
 * A vCPU takes rights away from an SPTE, and only its own TLB forgets them.
 *
 * Models "KVM: Flush remote tlbs when reducing shadow pte permissions" (public release kvm-28, 2007; drivers/kvm/kvm_main.c:
 * kvm_flush_remote_tlbs, ack_flush; drivers/kvm/vmx.c: vmx_vcpu_run, vmx_flush_tlb; drivers/kvm/mmu.c: rmap_write_protect, set_pte).
 *
 * Assumes one SPTE, which is present, and a lock in place of the mutex of the day; of the TLB only what is writable is kept. A vCPU
 * that is in the guest can leave it at any time, and so does what an IPI makes it do.
 */
import {
  array,
  at,
  bit,
  blocked,
  bool,
  either,
  forAny,
  holding,
  type Id,
  type Item,
  model,
  type Next,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';

const Vcpu = symmetric('vcpu');
type VcpuId = Id<typeof Vcpu>;

const state = {
  lock: spinlock,
  spte: { writable: bool },
  tlb: array(Vcpu, bit),
  guest_mode: array(Vcpu, bit),
  /** KVM_TLB_FLUSH, one of the request bits. */
  requests: array(Vcpu, bit),
  vcpu: thread(Vcpu, {}),
};
export interface NoRemoteFlush extends StateOf<typeof state> {}
type Vcpu = NoRemoteFlush['vcpu'][VcpuId];

// A vCPU enters the guest, and leaves it.

function set_guest_mode(s: NoRemoteFlush, { id }: Vcpu): void {
  s.guest_mode[id] = 1;
}
function test_and_clear_requests(s: NoRemoteFlush, { id }: Vcpu): void {
  if (s.requests[id]) s.tlb[id] = 0;
  s.requests[id] = 0;
}
/** Until it does this, it runs the guest. */
function vm_exit(s: NoRemoteFlush, { id }: Vcpu): void {
  s.guest_mode[id] = 0;
}

/** Of a vCPU that runs the guest. */
function tlb_fill(s: NoRemoteFlush, id: VcpuId): Next {
  if (!at(s.vcpu[id], vm_exit) || !s.spte.writable || s.tlb[id]) return blocked;
  s.tlb[id] = 1;
}

// What it exits for changes the SPTE.

function set_pte(s: NoRemoteFlush): void {
  s.spte.writable = true;
}
function rmap_write_protect(s: NoRemoteFlush): void {
  s.spte.writable = false;
}
function vmx_flush_tlb(s: NoRemoteFlush, { id }: Vcpu): void {
  s.tlb[id] = 0;
}
/** Of itself too: it flushes when it enters the guest again. */
function makeRequests(s: NoRemoteFlush): void {
  s.requests.forEach((_, id) => {
    s.requests[id] = 1;
  });
}
/** Sends the IPI to those in the guest, and waits until each has left it, or has seen the request on its way in. */
function waitForExits(s: NoRemoteFlush): Next {
  if (s.guest_mode.some((guest_mode, id) => guest_mode === 1 && s.requests[id] === 1)) return blocked;
}

type List = readonly Item<NoRemoteFlush, Vcpu, 'lock'>[];

function flushedBy(...flush: List) {
  const run: List = [set_guest_mode, test_and_clear_requests, vm_exit];
  return { vcpu: either(run, holding('lock', either(set_pte, [rmap_write_protect, ...flush]))) };
}

/** What the claims name. */
export const noRemoteFlushSteps = { makeRequests, vm_exit, vmx_flush_tlb, waitForExits };

export const noRemoteFlush = model({
  name: 'museum/kvm-28',
  about: 'rights are taken from an SPTE, and other vCPUs keep them in their TLBs',
  state,
  bounds: { vcpu: 4 },
  actions: [forAny(Vcpu, tlb_fill)],
  variants: {
    'own-tlb': flushedBy(vmx_flush_tlb),
    'request-without-ipi': flushedBy(makeRequests),
    'request-and-ipi': flushedBy(makeRequests, waitForExits),
  },
});
