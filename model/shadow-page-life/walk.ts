/** Who looks into shadow pages without mmu_lock: vCPUs, their hardware, and an ioctl that write-protects what an rmap shows. */
import { at, blocked, forAny, holding, type Item, type Next, NULL, smp_mb, xchg } from '#notation';
import { Vcpu as VcpuSet, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { local_irq_disable, local_irq_enable } from '../kernel/interrupts.ts';
import { rcuSection } from '../kernel/rcu.ts';
import {
  set_in_guest_mode,
  set_outside_guest_mode,
  set_reading_shadow_page_tables,
  smp_mb_after_mode,
} from '../kernel/vcpu-requests.ts';
import { Gfn, type Ioctl, type ShadowPageLife, type Vcpu } from './state.ts';

type VcpuList = readonly Item<ShadowPageLife, Vcpu, never>[];
type IoctlList = readonly Item<ShadowPageLife, Ioctl, 'mmu_lock'>[];

function without<Element>(steps: readonly Element[], ...dropped: unknown[]): readonly Element[] {
  return steps.filter((step) => !dropped.includes(step));
}

// A fault that is fixed without mmu_lock, or one on MMIO: `walk_shadow_page_lockless_begin()` to `…_end()`.

function fast_page_fault(_: ShadowPageLife, vcpu: Vcpu, gfn: Gfn): void {
  vcpu.gfn = gfn;
  vcpu.sp = NULL;
}
/** `for_each_shadow_entry_lockless()`, of which this is the first round. */
function read_root_spte(s: ShadowPageLife, vcpu: Vcpu): void {
  vcpu.sp = s.root_spte[vcpu.gfn];
}
/** The second: the SPTE in the shadow page. The walk is over with it. */
function read_leaf_spte(_: ShadowPageLife, vcpu: Vcpu): void {
  vcpu.sp = NULL;
}

const vcpuSection = rcuSection((s: ShadowPageLife) => s.rcu.vcpu);
const fault = forAny(Gfn, fast_page_fault);

/** With interrupts off, and the mode saying why. */
export const withIrqsOff: VcpuList = [
  fault,
  local_irq_disable,
  set_reading_shadow_page_tables,
  smp_mb_after_mode,
  read_root_spte,
  read_leaf_spte,
  set_outside_guest_mode,
  local_irq_enable,
];
export const withIrqsOn: VcpuList = without(withIrqsOff, local_irq_disable, local_irq_enable);
export const modeSetAfterRead: VcpuList = [
  fault,
  local_irq_disable,
  read_root_spte,
  set_reading_shadow_page_tables,
  smp_mb_after_mode,
  read_leaf_spte,
  set_outside_guest_mode,
  local_irq_enable,
];

/** In an RCU section. */
export const inRcu: VcpuList = [
  fault,
  vcpuSection.rcu_read_lock,
  read_root_spte,
  read_leaf_spte,
  vcpuSection.rcu_read_unlock,
];
export const outsideRcu: VcpuList = [fault, read_root_spte, read_leaf_spte];

// `vcpu_enter_guest()`. In the guest the hardware walks.

/** KVM_REQ_TLB_FLUSH is taken, and served. */
function kvm_check_request({ cpu }: ShadowPageLife, vcpu: Vcpu): void {
  vcpu.sp = NULL;
  if (xchg(cpu[vcpu.id], 'requests', 0)) cpu[vcpu.id].walk_cache = NULL;
}
/** A request that has come meanwhile is served first. */
function kvm_request_pending({ cpu }: ShadowPageLife, { id }: Vcpu): Next {
  if (cpu[id].requests) return set_outside_guest_mode;
}
/** Until it does this, it runs the guest. */
export function vm_exit(): void {}

export const enterGuest: VcpuList = [
  kvm_check_request,
  local_irq_disable,
  set_in_guest_mode,
  smp_mb_after_mode,
  kvm_request_pending,
  vm_exit,
  set_outside_guest_mode,
  local_irq_enable,
];
export const enterGuestUnchecked: VcpuList = without(enterGuest, kvm_request_pending);

export function withoutBarrier(steps: VcpuList): VcpuList {
  return without(steps, smp_mb_after_mode);
}

/** The hardware of a vCPU that is in the guest. */
function cacheWalk(s: ShadowPageLife, vcpu: VcpuId, gfn: Gfn): Next {
  const sp = s.root_spte[gfn];
  if (!at(s.vcpu[vcpu], vm_exit) || sp === NULL || s.cpu[vcpu].walk_cache === sp) return blocked;
  s.cpu[vcpu].walk_cache = sp;
}
export const hardware = forAny(VcpuSet, Gfn, cacheWalk);

// KVM_GET_DIRTY_LOG, for one gfn.

function get_dirty_log(_: ShadowPageLife, ioctl: Ioctl, gfn: Gfn): void {
  ioctl.gfn = gfn;
  ioctl.sp = NULL;
}
/** In `kvm_mmu_rcu_free_page_begin()`. It need not be atomic: slots_lock is held all the while. */
function set_rcu_free_shadow_page(s: ShadowPageLife): void {
  s.rcu_free_shadow_page = true;
}
function smp_mb_after_flag(): void {
  smp_mb();
}
/** `rmap_get_first()`. */
function read_rmap(s: ShadowPageLife, ioctl: Ioctl): void {
  ioctl.sp = s.rmap_head[ioctl.gfn];
}
/** An exchange on the SPTE that the rmap shows, which is in a shadow page. */
function rmap_write_protect(_: ShadowPageLife, ioctl: Ioctl): void {
  ioctl.sp = NULL;
}
/** In `kvm_mmu_rcu_free_page_end()`, like the store after it. */
function smp_mb_before_flag_is_cleared(): void {
  smp_mb();
}
function clear_rcu_free_shadow_page(s: ShadowPageLife): void {
  s.rcu_free_shadow_page = false;
}

const { rcu_read_lock, rcu_read_unlock } = rcuSection((s: ShadowPageLife) => s.rcu.ioctl);
const get = forAny(Gfn, get_dirty_log);

export const underMmuLock: IoctlList = [get, ...holding('mmu_lock', read_rmap, rmap_write_protect)];
export const unprotected: IoctlList = [get, read_rmap, rmap_write_protect];
export const flagged: IoctlList = [
  get,
  rcu_read_lock,
  set_rcu_free_shadow_page,
  smp_mb_after_flag,
  read_rmap,
  rmap_write_protect,
  smp_mb_before_flag_is_cleared,
  clear_rcu_free_shadow_page,
  rcu_read_unlock,
];
export const flaggedWithoutBarrier: IoctlList = without(flagged, smp_mb_after_flag);
export const flagClearedWithoutBarrier: IoctlList = without(flagged, smp_mb_before_flag_is_cleared);
export const flaggedOutsideRcu: IoctlList = without(flagged, rcu_read_lock, rcu_read_unlock);
export const flagSetAfterRead: IoctlList = [
  get,
  rcu_read_lock,
  read_rmap,
  set_rcu_free_shadow_page,
  smp_mb_after_flag,
  rmap_write_protect,
  smp_mb_before_flag_is_cleared,
  clear_rcu_free_shadow_page,
  rcu_read_unlock,
];
export const flagClearedEarly: IoctlList = [
  get,
  rcu_read_lock,
  set_rcu_free_shadow_page,
  smp_mb_after_flag,
  read_rmap,
  clear_rcu_free_shadow_page,
  rmap_write_protect,
  rcu_read_unlock,
];
