/** Interrupts that somebody sends to CPUs and waits for, and CPUs that take none for a while. */
import { blocked, bool, forAny, type Next, type Row, type Thread } from '#notation';
import { Vcpu, type VcpuId } from './flush-remote-tlbs.ts';

/** What is kept of the CPU that runs a vCPU. */
export const interruptible = {
  irqs_disabled: bool,
  /** An interrupt has been sent that whoever sent it waits for. */
  ipi: bool,
};

/** What a state must have. */
export interface Interruptible {
  readonly cpu: Row<VcpuId, { irqs_disabled: boolean; ipi: boolean }>;
}

export function local_irq_disable({ cpu }: Interruptible, { id }: Thread<VcpuId>): void {
  cpu[id].irqs_disabled = true;
}
export function local_irq_enable({ cpu }: Interruptible, { id }: Thread<VcpuId>): void {
  cpu[id].irqs_disabled = false;
}

/** The interrupt is taken, and there is nothing to do but to say so: KVM's `ack_flush()`. */
function take_ipi({ cpu }: Interruptible, vcpu: VcpuId): Next {
  if (!cpu[vcpu].ipi || cpu[vcpu].irqs_disabled) return blocked;
  cpu[vcpu].ipi = false;
}
export const interrupts = forAny(Vcpu, take_ipi);

/** The wait at its end: all that were interrupted have taken it. */
export function smp_call_function_many({ cpu }: Interruptible): Next {
  if (cpu.some(({ ipi }) => ipi)) return blocked;
}
