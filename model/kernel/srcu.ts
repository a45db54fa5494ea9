/** `kvm->srcu`: vCPUs say when they are inside, and whoever synchronizes waits for those that were inside when it began. */
import { array, bit, blocked, type Next, type Row } from '#notation';
import { Vcpu, type VcpuId } from './flush-remote-tlbs.ts';

/** The readers, and those that are waited for. One thread at a time synchronizes. */
export const srcu = { reading: array(Vcpu, bit), awaited: array(Vcpu, bit) };

/** What a state must have. */
export interface Srcu {
  readonly srcu: { readonly reading: Row<VcpuId, 0 | 1>; readonly awaited: Row<VcpuId, 0 | 1> };
}

export function srcu_read_lock({ srcu }: Srcu, { id }: { readonly id: VcpuId }): void {
  srcu.reading[id] = 1;
}

export function srcu_read_unlock({ srcu }: Srcu, { id }: { readonly id: VcpuId }): void {
  srcu.reading[id] = 0;
  srcu.awaited[id] = 0;
}

/** `synchronize_srcu()`, which begins here and returns when `grace_period_over` does. */
function synchronize_srcu({ srcu }: Srcu): void {
  srcu.reading.forEach((inside, vcpu) => {
    srcu.awaited[vcpu] = inside;
  });
}

function grace_period_over({ srcu }: Srcu): Next {
  if (srcu.awaited.includes(1)) return blocked;
}

/** The steps of `synchronize_srcu()`. */
export const synchronize = [synchronize_srcu, grace_period_over];
