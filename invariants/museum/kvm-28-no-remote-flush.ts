/** What must hold of TLBs when an SPTE loses rights. */
import { type NoRemoteFlush, noRemoteFlush, noRemoteFlushSteps } from '#model';
import { ahead, at, claim, implies, suite } from '#notation';

const { makeRequests, vm_exit, vmx_flush_tlb, waitForExits } = noRemoteFlushSteps;

export const rightsAreTheSptes = claim(
  'a vCPU that runs the guest has no more rights in its TLB than the SPTE has, or whoever reduced them is yet to flush',
  (s: NoRemoteFlush) =>
    s.vcpu.every((vcpu) =>
      implies(
        at(vcpu, vm_exit) && s.tlb[vcpu.id] === 1,
        () => s.spte.writable || s.vcpu.some((other) => ahead(other, vmx_flush_tlb, makeRequests, waitForExits)),
      ),
    ),
);

export const aTlbOutlivesTheSpte = claim('a TLB still has the rights that the SPTE has lost', (s: NoRemoteFlush) =>
  s.tlb.some((writable) => writable === 1 && !s.spte.writable),
);

export const noRemoteFlushSuite = suite(noRemoteFlush, {
  invariants: { rightsAreTheSptes },
  reachable: { aTlbOutlivesTheSpte },
  violated: {
    'own-tlb': ['rightsAreTheSptes'],
    'request-without-ipi': ['rightsAreTheSptes'],
    'request-and-ipi': [],
  },
});
