/** The events of a trimmed trace: what each kind says, and in which words. */

/**
 * One form for each kind of event, or two where the kernels differ. `<name>` is a number in hex, `<name:d>` a decimal one, `<name:l>` a level of
 * page tables, `<name:f>` a place
 * in a function (`function+0x12/0x34 [kvm]`, kept as the function), `<name:s>` any other word or words, `←` is `<-`; what
 * stands in brackets may be absent.
 */
const forms = {
  MARK: ['<words:s>'],
  kvm_entry: ['vcpu <vcpu:d>, rip 0x<rip>'],
  kvm_exit: [
    'vcpu <vcpu:d> reason <reason:s> rip 0x<rip> info1 0x<info1> info2 0x<info2> intr_info 0x<intr_info> error_code 0x<error_code>',
  ],
  kvm_page_fault: ['vcpu <vcpu:d> rip 0x<rip> address 0x<address> error_code 0x<error_code>'],
  fast_page_fault: [
    'vcpu <vcpu:d> gva <gva> error_code <error_code:s> sptep <sptep> old 0x<old> new <new> spurious <spurious:d> fixed <fixed:d>',
  ],
  kvm_mmu_spte_requested: ['gfn <gfn> pfn <pfn> level <level:l>'],
  kvm_mmu_set_spte: ['gfn <gfn> spte <spte> (<access:s>) level <level:l> at <at>'],
  kvm_tdp_mmu_spte_changed: ['as id <as:d> gfn <gfn> level <level:l> old_spte <old> new_spte <new>'],
  kvm_mmu_split_huge_page: ['gfn <gfn> spte <spte> level <level:l> errno <errno:d>'],
  kvm_mmu_get_page: ['sp gen <gen> gfn <gfn> l<level:l> <role:s> root <root:d> <sync:s> <found:s>'],
  kvm_mmu_prepare_zap_page: ['sp gen <gen> gfn <gfn> l<level:l> <role:s> root <root:d> <sync:s>'],
  kvm_mmu_sync_page: ['sp gen <gen> gfn <gfn> l<level:l> <role:s> root <root:d> <sync:s>'],
  kvm_mmu_unsync_page: ['sp gen <gen> gfn <gfn> l<level:l> <role:s> root <root:d> <sync:s>'],
  kvm_mmu_zap_all_fast: ['kvm-mmu-valid-gen <gen> used_pages <used:d>'],
  kvm_unmap_hva_range: ['mmu notifier unmap range: 0x<start> -- 0x<end>'],
  rmap_add: ['spte=0x<spte> gfn=0x<gfn> access=0x<access> base_gfn=0x<base_gfn> rmap4k=0x<rmap4k> rmap2m=0x<rmap2m>'],
  list_add: ['spte=0x<spte> head=0x<head> val=0x<val>[ len=<len:d>]'],
  list_add_ret: [
    'by=<by:f> ret=<ret:d> head=0x<head> val=0x<val>[ len=<len:d>]',
    '(<by:f> ← pte_list_add) ret=<ret:d>',
  ],
  list_rm: ['from=<from:f> spte=0x<spte> head=0x<head> val=0x<val>[ len=<len:d>]'],
  list_rm_ret: ['by=<by:f> head=0x<head> val=0x<val>[ len=<len:d>]', '(<by:f> ← pte_list_remove)'],
  list_zap_all: ['from=<from:f> head=0x<head> val=0x<val>[ len=<len:d>]'],
  list_zap_all_ret: ['(<by:f> ← kvm_zap_all_rmap_sptes) ret=<ret:d>'],
  drop_spte: ['from=<from:f> sptep=0x<sptep> old=0x<old>'],
  spte_clear: ['sptep=0x<sptep> old=0x<old>'],
  spte_update: ['sptep=0x<sptep> old=0x<old> new=0x<new>'],
  spte_update_ret: ['(<by:f> ← mmu_spte_update) ret=<ret:d>'],
  rmap_wp: ['head=0x<head> val=0x<val> pt_protect=<pt_protect:d>'],
  rmap_wp_ret: ['(<by:f> ← rmap_write_protect) ret=<ret:d>'],
  slot_gfn_wp: ['gfn=0x<gfn> min_level=<min_level:d>'],
  enable_log_mask: ['gfn_offset=0x<gfn_offset> mask=0x<mask>'],
  mark_dirty: ['from=<from:f> slot=0x<slot> gfn=0x<gfn>'],
  flush_all: ['from=<from:f>'],
  flush_range: ['from=<from:f> gfn=0x<gfn> pages=0x<pages>'],
  flush_memslot: ['slot=0x<slot>'],
  cache_topup: ['mc=0x<mc> capacity=<capacity:d> min=<min:d> mc_capacity=<mc_capacity:d> nobjs=<nobjs:d>'],
  cache_alloc: ['mc=0x<mc> mc_capacity=<mc_capacity:d> nobjs=<nobjs:d> from=<from:f>'],
  slot_rm_wacc: ['slot=0x<slot> level=0x<level>'],
  zap_collapsible: ['slot=0x<slot>'],
  split_pages: ['slot=0x<slot> level=0x<level>'],
  unsync_try: ['gfn=0x<gfn>'],
  unmap_gfn: ['slot=0x<slot> start=0x<start> end=0x<end>'],
  invlpg: ['gva=0x<gva>'],
  new_pgd: ['pgd=0x<pgd>'],
  pte_write: ['gpa=0x<gpa> bytes=<bytes:d>'],
  notifier_start: [''],
  zap_all_fast: [''],
  tlb_all: ['vcpu=0x<vcpu>'],
  tlb_current: ['vcpu=0x<vcpu>'],
  tlb_asid: ['vcpu=0x<vcpu>'],
  tlb_gva: ['vcpu=0x<vcpu> gva=0x<gva>'],
} as const;

type Forms = typeof forms;
export type EventName = keyof Forms;

type Field<F extends string> = F extends `${infer N}:d` | `${infer N}:l`
  ? { readonly [K in N]: number }
  : F extends `${infer N}:${string}`
    ? { readonly [K in N]: string }
    : { readonly [K in F]: bigint };
type Fields<Form> = Form extends `${infer A}[${infer B}]` ? Plain<A> & Partial<Plain<B>> : Plain<Form>;
type Plain<Form> = Form extends `${string}<${infer F}>${infer Rest}` ? Field<F> & Plain<Rest> : unknown;
/** What both forms say, and what only the first does. */
type Arguments<F> = F extends readonly [infer A, infer B]
  ? Partial<Fields<A>> & Fields<B>
  : F extends readonly [infer A]
    ? Fields<A>
    : never;

/** Where and in which circumstances an event was recorded. */
export interface Circumstances {
  /** Line of the trace, from 1. */
  readonly line: number;
  readonly seq: number;
  /** The thread. */
  readonly pid: string;
  /** Preempt depth: how many spinlocks its thread holds. Around kvm_entry and kvm_exit it means that preemption is off. */
  readonly depth: number;
  /** A reschedule was due. */
  readonly resched: boolean;
  /** Name and arguments, as they stand in the trace. */
  readonly text: string;
}

/** An event of one kind. */
export type EventOf<N extends EventName> = Circumstances & { readonly name: N } & Arguments<Forms[N]>;
/** An event of any kind; `name` tells which. */
export type TraceEvent = { [N in EventName]: EventOf<N> }[EventName];

interface Reader {
  readonly pattern: RegExp;
  readonly fields: readonly { readonly name: string; readonly read: (text: string) => unknown }[];
}

const kinds: Record<string, { readonly match: string; readonly read: (text: string) => unknown }> = {
  x: { match: '([0-9a-f]{1,16})', read: (text) => BigInt(`0x${text}`) },
  l: { match: '([1-5])', read: Number },
  d: { match: '(-?\\d{1,15})', read: Number },
  f: { match: '(\\w+)[.\\w]*\\+0x[0-9a-f]+/0x[0-9a-f]+(?: \\[kvm\\])?', read: (text) => text },
  s: { match: '(\\S.*?)', read: (text) => text },
};

const readers = new Map<string, readonly Reader[]>(
  Object.entries(forms).map(([name, all]) => [name, all.map((form) => readerOf(form))]),
);

function readerOf(form: string): Reader {
  const fields: { name: string; read: (text: string) => unknown }[] = [];
  const pattern = form
    .replace('←', '<-')
    .replace(/[()]/g, '\\$&')
    .replace(/\[(.*)\]/, '(?:$1)?')
    .replace(/<(\w+)(?::(\w))?>/g, (_, name: string, kind = 'x') => {
      const { match, read } = kinds[kind] as (typeof kinds)[string];
      fields.push({ name, read });
      return match;
    });
  return { pattern: new RegExp(`^${pattern}$`), fields };
}

/** Whether there is such a kind of event. */
export function isEventName(name: string): name is EventName {
  return readers.has(name);
}

/** The arguments that an event of this name has in these words; undefined where it has other ones, or there is no such event. */
export function readArguments(name: string, words: string): Record<string, unknown> | undefined {
  for (const { pattern, fields } of readers.get(name) ?? []) {
    const found = pattern.exec(words);
    if (found === null) continue;
    const values: Record<string, unknown> = {};
    for (const [i, { name, read }] of fields.entries()) {
      const text = found[i + 1];
      if (text !== undefined) values[name] = read(text);
    }
    return values;
  }
  return undefined;
}
