/**
 * A vCPU's mode and request bits: how whoever changes page tables makes every vCPU look, and waits for those that cannot.
 *
 * Each store and load of a mode or of request bits is a step, and so is each barrier. That an instruction with a lock prefix is a
 * barrier too is not relied upon: in the kernel's memory model setting a bit is none.
 */
import {
  array,
  bit,
  blocked,
  forAny,
  member,
  memory,
  type Next,
  oneOf,
  type Row,
  smp_mb,
  smp_store_release,
  smp_wmb,
  type Thread,
  type ValueOf,
} from '#notation';
import { Vcpu, type VcpuId } from './flush-remote-tlbs.ts';
import { interruptible, smp_call_function_many } from './interrupts.ts';

/** What is kept of a vCPU, and of the CPU that runs it. */
export const vcpuRequests = {
  mode: memory(oneOf('OUTSIDE_GUEST_MODE', 'IN_GUEST_MODE', 'READING_SHADOW_PAGE_TABLES')),
  /** KVM_REQ_TLB_FLUSH, of all request bits. */
  requests: memory(bit),
  ...interruptible,
};

/** Locals of whoever flushes. */
export const requester = { requested: array(Vcpu, bit), target: member(Vcpu) };

/** What a state must have. */
export interface Requested {
  readonly cpu: Row<VcpuId, ValueOf<typeof vcpuRequests>>;
}
type Caller = Thread<VcpuId>;
type Requester = ValueOf<typeof requester>;

// Of the vCPU itself.

/** In `walk_shadow_page_lockless_begin()`. */
export function set_reading_shadow_page_tables({ cpu }: Requested, { id }: Caller): void {
  cpu[id].mode = 'READING_SHADOW_PAGE_TABLES';
}
/** In `vcpu_enter_guest()`. */
export function set_in_guest_mode({ cpu }: Requested, { id }: Caller): void {
  cpu[id].mode = 'IN_GUEST_MODE';
}
/** Between the store of the mode and the loads after it: of SPTEs, or of the request bits. */
export function smp_mb_after_mode(): void {
  smp_mb();
}
/** In `walk_shadow_page_lockless_end()` and `vcpu_enter_guest()`. A release: loads of SPTEs are done before it. */
export function set_outside_guest_mode({ cpu }: Requested, { id }: Caller): void {
  smp_store_release(cpu[id], 'mode', 'OUTSIDE_GUEST_MODE');
}

// Of whoever flushes: `kvm_make_all_cpus_request()`, one vCPU after the other.

/** Between the stores to SPTEs and those to the request bits: who sees a request sees what it is for. */
function smp_wmb_before_requests(): void {
  smp_wmb();
}
function kvm_make_request({ cpu }: Requested, requester: Requester, vcpu: VcpuId): Next {
  if (requester.requested[vcpu]) return blocked;
  requester.requested[vcpu] = 1;
  requester.target = vcpu;
  cpu[vcpu].requests = 1;
}
/** Between the stores to SPTEs and to the request bits before it, and the load of the mode after it. */
function smp_mb_before_mode(): void {
  smp_mb();
}

/** Which modes are worth an interrupt. */
type NeedsIpi = (mode: ValueOf<typeof vcpuRequests>['mode']) => boolean;
const unlessOutside: NeedsIpi = (mode) => mode !== 'OUTSIDE_GUEST_MODE';
export const inGuestOnly: NeedsIpi = (mode) => mode === 'IN_GUEST_MODE';

/** `kvm_flush_remote_tlbs()`, with KVM_REQUEST_WAIT, to be called; right unless told otherwise. */
export function flushByRequests({
  needsIpi = unlessOutside,
  barrierBeforeRequests = [smp_wmb_before_requests],
  barrierBeforeMode = [smp_mb_before_mode],
  wait = [smp_call_function_many],
} = {}) {
  function kvm_request_needs_ipi({ cpu }: Requested, { requested, target }: Requester): Next {
    if (needsIpi(cpu[target].mode)) cpu[target].ipi = true;
    if (requested.includes(0)) return kvm_make_request;
  }
  return [
    ...barrierBeforeRequests,
    forAny(Vcpu, kvm_make_request),
    ...barrierBeforeMode,
    kvm_request_needs_ipi,
    ...wait,
  ];
}
