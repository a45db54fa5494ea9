/** A vCPU's way into the guest and out of it. */
import type { TraceEvent } from '../events.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';

const inAndOut = {
  name: 'in and out of the guest',
  sentence: 'a vCPU enters and leaves in turn, in one thread, and goes on where it was unless KVM emulated something',
} as const satisfies Rule;

const faultIsItsExit = {
  name: 'a fault is its exit',
  sentence: 'a page fault has the vCPU, address and error code of the exit that told of it, a fast one the same',
} as const satisfies Rule;

const ownTlb = {
  name: "a vCPU's own TLB",
  sentence: 'a vCPU that invalidates an address, or its whole TLB, does so for itself and for that address',
} as const satisfies Rule;

export const vcpuRules = [inAndOut, faultIsItsExit, ownTlb];

type Exit = Extract<TraceEvent, { name: 'kvm_exit' }>;
type Fault = Extract<TraceEvent, { name: 'kvm_page_fault' }>;

interface Thread {
  vcpu?: number;
  /** Its `struct kvm_vcpu`. */
  struct?: bigint;
  inside: boolean;
  exit?: Exit;
  fault?: Fault;
  gva?: bigint;
  emulated?: boolean;
}

/** Exits after which the guest goes on at the very instruction that it left at. */
const retried = /^(?:PF excp|npf|interrupt)$/;

/** Exits, what they are about, and the next entry. */
export function checkVcpus(ledger: Ledger): Checker {
  const threads = new Map<string, Thread>();
  const threadOf = (pid: string): Thread => {
    const known = threads.get(pid) ?? { inside: false };
    threads.set(pid, known);
    return known;
  };
  return {
    take(event) {
      const thread = threadOf(event.pid);
      switch (event.name) {
        case 'kvm_entry': {
          ledger.same(inAndOut, event, 'in the guest before', false, thread.inside);
          if (thread.vcpu !== undefined) ledger.same(inAndOut, event, 'vcpu', thread.vcpu, event.vcpu);
          const { exit } = thread;
          if (exit !== undefined && retried.test(exit.reason) && thread.emulated !== true) {
            ledger.same(inAndOut, event, 'rip', exit.rip, event.rip);
          }
          thread.vcpu = event.vcpu;
          thread.inside = true;
          break;
        }
        case 'kvm_exit':
          ledger.same(inAndOut, event, 'in the guest before', true, thread.inside);
          ledger.same(inAndOut, event, 'vcpu', thread.vcpu ?? event.vcpu, event.vcpu);
          thread.inside = false;
          thread.exit = event;
          thread.emulated = false;
          break;
        case 'kvm_page_fault': {
          const { exit } = thread;
          if (exit !== undefined) {
            // what would be told of an event that was being delivered
            if (exit.intr_info === 0n) ledger.same(faultIsItsExit, exit, 'error_code', 0n, exit.error_code);
            ledger.same(faultIsItsExit, event, 'vcpu', exit.vcpu, event.vcpu);
            ledger.same(faultIsItsExit, event, 'rip', exit.rip, event.rip);
            ledger.same(faultIsItsExit, event, 'address', exit.info2, event.address);
            ledger.same(faultIsItsExit, event, 'error_code', exit.info1, event.error_code);
          }
          thread.fault = event;
          break;
        }
        case 'fast_page_fault':
          if (thread.fault !== undefined) {
            ledger.same(faultIsItsExit, event, 'vcpu', thread.fault.vcpu, event.vcpu);
            ledger.same(faultIsItsExit, event, 'gva', thread.fault.address, event.gva);
          }
          break;
        case 'pte_write':
          thread.emulated = true;
          break;
        case 'invlpg':
          thread.gva = event.gva;
          break;
        case 'tlb_gva':
          ledger.same(ownTlb, event, 'gva', thread.gva ?? event.gva, event.gva);
          own(event.vcpu, thread, event);
          break;
        case 'tlb_all':
        case 'tlb_current':
        case 'tlb_asid':
          own(event.vcpu, thread, event);
          break;
        default:
      }
    },
  };

  function own(struct: bigint, thread: Thread, event: TraceEvent): void {
    thread.struct ??= struct;
    ledger.same(ownTlb, event, 'struct kvm_vcpu at', thread.struct, struct);
  }
}
