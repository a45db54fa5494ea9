/** TLBs, of which only what is writable is kept, and the flush of all of them. */
import { array, bit, blocked, forAny, type Id, type Next, type Row, symmetric } from '#notation';
import { Gfn } from './spte.ts';

export const Vcpu = symmetric('vcpu');
export type VcpuId = Id<typeof Vcpu>;

/** What each vCPU may write without a walk. A large translation is one for each of its gfns. */
export const tlbs = array(Vcpu, array(Gfn, bit));

/** Locals of whoever flushes. */
export const flushed = array(Vcpu, bit);

/**
 * The function, given what becomes of a vCPU's TLB. The vCPUs are interrupted one by one, in any order, and the caller waits for all of
 * them. A thread that flushes again in the same run clears `flushed` first.
 */
export function flushRemoteTlbs<State>(forget: (s: State, vcpu: VcpuId) => void) {
  function kvm_flush_remote_tlbs(s: State, { flushed }: { readonly flushed: Row<VcpuId, 0 | 1> }, vcpu: VcpuId): Next {
    if (flushed[vcpu]) return blocked;
    forget(s, vcpu);
    flushed[vcpu] = 1;
    if (flushed.includes(0)) return kvm_flush_remote_tlbs;
  }
  return [forAny(Vcpu, kvm_flush_remote_tlbs)];
}

function forgetPages({ tlb }: { readonly tlb: Row<VcpuId, Row<Gfn, 0 | 1>> }, vcpu: VcpuId): void {
  tlb[vcpu].forEach((_, gfn) => {
    tlb[vcpu][gfn] = 0;
  });
}

/** The flush of these TLBs, to be called in as many places of a list as need it. */
export const flush_remote_tlbs = flushRemoteTlbs(forgetPages);
