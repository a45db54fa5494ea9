/**
 * A fault reads the page tables of the process for the size of its mapping, and the process unmaps them meanwhile.
 *
 * Models "KVM: arm64: Disable interrupts while walking userspace PTs" of the merge 8607daa2145f (arch/arm64/kvm/mmu.c:
 * get_user_mapping_size; mm/mmu_gather.c: tlb_remove_table_sync_one), which is what x86 does in host_pfn_mapping_level.
 *
 * Assumes one entry that points to a table of the last level. That what was read is still so when it is used is the notifier's to see to.
 */
import {
  alloc,
  array,
  blocked,
  either,
  free,
  type Item,
  member,
  model,
  type Next,
  NULL,
  pointer,
  pool,
  range,
  type StateOf,
  symmetric,
  thread,
} from '#notation';
import { Vcpu as VcpuSet, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import {
  interruptible,
  interrupts,
  local_irq_disable,
  local_irq_enable,
  smp_call_function_many,
} from '../kernel/interrupts.ts';

const Table = symmetric('table');

const state = {
  pmd: pointer(Table),
  table: pool(Table, {}),
  cpu: array(VcpuSet, interruptible),
  vcpu: thread(VcpuSet, { table: pointer(Table) }),
  /** Another thread of the process. */
  mm: thread(range('mm'), { table: member(Table) }),
};
export interface HostTableFreed extends StateOf<typeof state> {}
type Vcpu = HostTableFreed['vcpu'][VcpuId];
type Mm = HostTableFreed['mm'][0];

// A fault.

function get_user_mapping_size(_: HostTableFreed, vcpu: Vcpu): void {
  vcpu.table = NULL;
}
function read_pmd(s: HostTableFreed, vcpu: Vcpu): void {
  vcpu.table = s.pmd;
}
function read_pte(_: HostTableFreed, vcpu: Vcpu): void {
  vcpu.table = NULL;
}

// The process maps and unmaps.

function pmd_populate(s: HostTableFreed): Next {
  if (s.pmd !== NULL) return blocked;
  const table = alloc(s.table);
  if (table === NULL) return blocked;
  s.pmd = table;
}
function free_pte_range(s: HostTableFreed, mm: Mm): Next {
  if (s.pmd === NULL) return blocked;
  mm.table = s.pmd;
  s.pmd = NULL;
}
function tlb_remove_table_sync_one({ cpu }: HostTableFreed): void {
  cpu.forEach((each) => {
    each.ipi = true;
  });
}
function tlb_remove_table(s: HostTableFreed, { table }: Mm): void {
  free(s.table, table);
}

const walk: readonly Item<HostTableFreed, Vcpu, never>[] = [read_pmd, read_pte];
const unmap = [free_pte_range, tlb_remove_table_sync_one, smp_call_function_many, tlb_remove_table];
const mm: Item<HostTableFreed, Mm, never> = either([pmd_populate], unmap);

export const hostTableFreed = model({
  name: 'museum/8607daa2145f',
  about: 'a page table of the process is freed while a fault reads it',
  state,
  bounds: { vcpu: 2, table: 2, mm: 1 },
  actions: [interrupts],
  variants: {
    'irqs-on': { vcpu: [get_user_mapping_size, ...walk], mm },
    'irqs-off': { vcpu: [get_user_mapping_size, local_irq_disable, ...walk, local_irq_enable], mm },
  },
});
