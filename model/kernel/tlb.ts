/**
 * What a CPU caches of stage-2 tables, the TLBI instructions that take it away, and the hardware that walks them, one
 * level a step.
 *
 * A CPU has stage-2 entries (of the block, of single pages), entries that combine them with the guest's stage 1, and a
 * walk cache: the table that the upper entry pointed to when it was last read, which is also how far a walk has come.
 * Nothing is evicted. A combined entry is of the size of its stage-2 entry. TLBI is broadcast: CPUs take it one by one,
 * and the caller waits for all.
 */
import {
  array,
  bit,
  blocked,
  forAny,
  idle,
  type Id,
  type Next,
  NULL,
  pointer,
  type Row,
  symmetric,
  type Thread,
  type ValueOf,
} from '#notation';
import { isBlock, Leaf, type Stage2, Table, tableOf } from './stage2.ts';

export const Vcpu = symmetric('vcpu');
export type VcpuId = Id<typeof Vcpu>;

const translations = { block: bit, pages: array(Leaf, bit) };
/** What one CPU has cached. */
export const tlb = { stage2: translations, combined: translations, walk_cache: pointer(Table) };
/** Local of a thread that uses TLBI: the CPUs that have taken it. */
export const tlbi = array(Vcpu, bit);

type Translations = ValueOf<typeof translations>;
export type Tlb = ValueOf<typeof tlb>;

/** What a state must have. */
export interface Tlbs {
  readonly tlb: Row<VcpuId, Tlb>;
}
/** What a thread must have. `addr` is the address that TLBI by IPA is for. */
export interface TlbiCaller {
  readonly tlbi: ValueOf<typeof tlbi>;
  readonly addr: Leaf;
}
/** What hardware needs to walk: the tables, and who is in the guest. */
export interface Walked extends Stage2, Tlbs {
  readonly vcpu: Row<VcpuId, Thread<VcpuId>>;
}

/** Whether the page is translated by one of these. */
export function covers({ block, pages }: Translations, leaf: Leaf): boolean {
  return block === 1 || pages[leaf] === 1;
}

/** Whether two of these translate the same page. */
export function conflicts({ block, pages }: Translations): boolean {
  return block === 1 && pages.includes(1);
}

// TLBI. Each step is a CPU that takes it; the last one lets the caller go on.

function tlbi_vmalls12e1is(s: Tlbs, caller: TlbiCaller, cpu: VcpuId): Next {
  if (caller.tlbi[cpu]) return blocked;
  const { stage2, combined } = s.tlb[cpu];
  forget(stage2);
  forget(combined);
  s.tlb[cpu].walk_cache = NULL;
  if (!completedBy(caller, cpu)) return tlbi_vmalls12e1is;
}

/** Without a level hint: the entries of one address, of every level. */
function tlbi_ipas2e1is(s: Tlbs, caller: TlbiCaller, cpu: VcpuId): Next {
  if (caller.tlbi[cpu]) return blocked;
  const { stage2 } = s.tlb[cpu];
  stage2.block = 0;
  stage2.pages[caller.addr] = 0;
  s.tlb[cpu].walk_cache = NULL;
  if (!completedBy(caller, cpu)) return tlbi_ipas2e1is;
}

/**
 * With the upper level as the hint, by which it is a leaf of that level: pages and the walk cache may stay, and stay
 * here.
 */
function tlbi_ipas2e1is_level(s: Tlbs, caller: TlbiCaller, cpu: VcpuId): Next {
  if (caller.tlbi[cpu]) return blocked;
  s.tlb[cpu].stage2.block = 0;
  if (!completedBy(caller, cpu)) return tlbi_ipas2e1is_level;
}

/** Without a level hint, for every address of the range. */
function tlbi_ripas2e1is(s: Tlbs, caller: TlbiCaller, cpu: VcpuId): Next {
  if (caller.tlbi[cpu]) return blocked;
  forget(s.tlb[cpu].stage2);
  s.tlb[cpu].walk_cache = NULL;
  if (!completedBy(caller, cpu)) return tlbi_ripas2e1is;
}

/** Stage 1 of the VMID: what is combined with it goes too. */
function tlbi_vmalle1is(s: Tlbs, caller: TlbiCaller, cpu: VcpuId): Next {
  if (caller.tlbi[cpu]) return blocked;
  forget(s.tlb[cpu].combined);
  if (!completedBy(caller, cpu)) return tlbi_vmalle1is;
}

function forget(cached: Translations): void {
  cached.block = 0;
  cached.pages.forEach((_, leaf) => {
    cached.pages[leaf] = 0;
  });
}

function completedBy({ tlbi: taken }: TlbiCaller, cpu: VcpuId): boolean {
  taken[cpu] = 1;
  if (taken.includes(0)) return false;
  taken.forEach((_, each) => {
    taken[each] = 0;
  });
  return true;
}

const stage1 = forAny(Vcpu, tlbi_vmalle1is);
/** `__kvm_tlb_flush_vmid`: everything. */
export const flushVmid = [forAny(Vcpu, tlbi_vmalls12e1is)];
/** `__kvm_tlb_flush_vmid_ipa` with `TLBI_TTL_UNKNOWN`. */
export const flushAddress = [forAny(Vcpu, tlbi_ipas2e1is), stage1];
/** `__kvm_tlb_flush_vmid_ipa` with the level of the upper entry. */
export const flushAddressAtLevel = [forAny(Vcpu, tlbi_ipas2e1is_level), stage1];
/** `kvm_tlb_flush_vmid_range`, since 6.6. */
export const flushRange = [forAny(Vcpu, tlbi_ripas2e1is), stage1];
/** The same without its second half. */
export const flushRangeOfStage2 = [forAny(Vcpu, tlbi_ripas2e1is)];

// The hardware of a vCPU that is in the guest. It walks for an address that it has no translation of.

/** Reads the entry: a block is cached, a table is where the walk goes on. A block with nT is used and not cached. */
function walk_entry(s: Walked, cpu: VcpuId): Next {
  if (!idle(s.vcpu[cpu])) return blocked;
  const { stage2, walk_cache } = s.tlb[cpu];
  if (isBlock(s)) {
    if (s.entry.nT || !stage2.pages.some((_, leaf) => !covers(stage2, leaf))) return blocked;
    stage2.block = 1;
  } else {
    const table = tableOf(s);
    if (table === NULL || table === walk_cache) return blocked;
    s.tlb[cpu].walk_cache = table;
  }
}

/** Reads an entry of the table that the walk has come to. */
function walk_table(s: Walked, cpu: VcpuId, leaf: Leaf): Next {
  const { stage2, walk_cache } = s.tlb[cpu];
  if (!idle(s.vcpu[cpu]) || walk_cache === NULL || covers(stage2, leaf) || !s.table[walk_cache].ptes[leaf])
    return blocked;
  stage2.pages[leaf] = 1;
}

/** Combines what stage 2 has cached of an address with the guest's own translation. */
function combine_stages(s: Walked, cpu: VcpuId, leaf: Leaf): Next {
  const { stage2, combined } = s.tlb[cpu];
  if (!idle(s.vcpu[cpu]) || !covers(stage2, leaf) || covers(combined, leaf)) return blocked;
  if (stage2.pages[leaf]) combined.pages[leaf] = 1;
  else combined.block = 1;
}

/** Whether a walk for the address finds nothing: in the tables, or in a table that the walk cache still has. */
export function findsNothing(s: Walked, cpu: VcpuId, leaf: Leaf): boolean {
  const { stage2, walk_cache } = s.tlb[cpu];
  if (covers(stage2, leaf)) return false;
  return !s.entry.valid || (walk_cache !== NULL && !s.table[walk_cache].ptes[leaf]);
}

/** The hardware walker of a guest without stage 1. */
export const hardwareWalkOfStage2 = [forAny(Vcpu, walk_entry), forAny(Vcpu, Leaf, walk_table)];
/** The hardware walker. */
export const hardwareWalk = [...hardwareWalkOfStage2, forAny(Vcpu, Leaf, combine_stages)];
