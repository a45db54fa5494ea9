/** TLBs, of which only what is writable is kept, and the flush of all of them. */
import { array, bit, blocked, forAny, type Id, type Next, type Row, symmetric } from '#notation';
import { Gfn } from './spte.ts';

export const Vcpu = symmetric('vcpu');
export type VcpuId = Id<typeof Vcpu>;

/** What each vCPU may write without a walk. A large translation is one for each of its gfns. */
export const tlbs = array(Vcpu, array(Gfn, bit));

/** Locals of whoever flushes. */
export const flushed = array(Vcpu, bit);

/** The vCPUs are interrupted one by one, in any order, and the caller waits for all of them. */
function kvm_flush_remote_tlbs(
  s: { readonly tlb: Row<VcpuId, Row<Gfn, 0 | 1>> },
  { flushed }: { readonly flushed: Row<VcpuId, 0 | 1> },
  vcpu: VcpuId,
): Next {
  if (flushed[vcpu]) return blocked;
  const tlb = s.tlb[vcpu];
  tlb.forEach((_, gfn) => {
    tlb[gfn] = 0;
  });
  flushed[vcpu] = 1;
  if (flushed.includes(0)) return kvm_flush_remote_tlbs;
}

/** The function, to be called in as many places of a list as need it. */
export const flush_remote_tlbs = [forAny(Vcpu, kvm_flush_remote_tlbs)];
