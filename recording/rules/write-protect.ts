/** Write protection for the dirty log, and the flush that has to come after it. */
import type { TraceEvent } from '../events.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { type Memory, PT_PAGE_SIZE_MASK, PT_PRESENT_MASK, PT_WRITABLE_MASK } from './memory.ts';

const everyPage = {
  name: 'every page protected',
  sentence: 'every dirty page that is taken is write-protected, in the order of gfns, and no other one',
} as const satisfies Rule;

const wholeSlot = {
  name: 'a whole slot protected',
  sentence: 'when logging is switched on, every writable SPTE of the slot loses W',
} as const satisfies Rule;

const flushFirst = {
  name: 'flushed before it returns',
  sentence: 'an ioctl that write-protected anything flushes all TLBs once, after the last SPTE and before it returns',
} as const satisfies Rule;

const hugeToo = {
  name: 'huge pages protected too',
  sentence:
    'where all pages began dirty, taking one protects the huge page over the first and, over a boundary, the last of a word',
} as const satisfies Rule;

export const writeProtectRules = [everyPage, wholeSlot, flushFirst, hugeToo];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

/** What one ioctl has still to do. */
interface Ioctl {
  readonly name: string;
  readonly pid: string;
  /** Heads of rmaps, and gfns of the TDP MMU, that are to be protected next. */
  heads: bigint[];
  gfns: bigint[];
  /** Gfns of the word whose bits it has taken last. */
  readonly taken: Set<bigint>;
  rule: Rule;
  protects: boolean;
  flushes: number;
  slot?: bigint;
}

/** What GET, CLEAR and switching on do to SPTEs. */
export function checkWriteProtection(ledger: Ledger, memory: Memory): Checker {
  let ioctl: Ioctl | undefined;
  let current: string | undefined;
  // the rmaps of a word are looked up when the first is walked: huge pages may be split in between
  let pending: { readonly mask: bigint; readonly word: bigint } | undefined;
  /** Slots whose pages all began dirty, as nothing was protected when logging was switched on. */
  const initiallySet = new Set<string>();
  /** Where huge pages are to be protected next. */
  let huge: bigint[] = [];
  return {
    take(event) {
      if (event.name === 'MARK') return marked(event);
      if (ioctl === undefined || event.pid !== ioctl.pid) return;
      switch (event.name) {
        case 'rmap_wp':
          walks(event, ioctl);
          break;
        case 'slot_gfn_wp':
          ledger.same(hugeToo, event, 'gfn', huge.shift() ?? -1n, event.gfn);
          ledger.same(hugeToo, event, 'from level', 2, event.min_level);
          break;
        case 'enable_log_mask':
          allDone(event, ioctl);
          begin(event, ioctl);
          break;
        case 'slot_rm_wacc':
          removeWriteAccess(event, ioctl);
          break;
        case 'kvm_tdp_mmu_spte_changed':
          changed(event, ioctl);
          break;
        case 'flush_memslot':
          allDone(event, ioctl);
          if (ioctl.slot !== undefined) ledger.same(flushFirst, event, 'slot', ioctl.slot, event.slot);
          break;
        case 'flush_all':
          if (event.depth > 0) break;
          allDone(event, ioctl);
          ioctl.flushes += 1;
          break;
        default:
      }
    },
  };

  function marked(event: Named<'MARK'>): void {
    const [word = '', slot] = event.words.split(' ');
    if (/^(?:GET_DIRTY_LOG|CLEAR_DIRTY_LOG|SETSLOT)$/.test(word)) {
      ioctl = {
        name: word,
        pid: event.pid,
        heads: [],
        gfns: [],
        taken: new Set(),
        rule: everyPage,
        protects: false,
        flushes: 0,
      };
      current = slot?.replace('slot=', '');
    } else if (ioctl !== undefined && word === `${ioctl.name}_DONE`) {
      const logged = memory.slots.get(current ?? '')?.logged === true;
      if (word === 'SETSLOT_DONE' && current !== undefined) {
        if (logged && !ioctl.protects) initiallySet.add(current);
        else initiallySet.delete(current);
      }
      allDone(event, ioctl);
      ledger.same(flushFirst, event, 'flushes', ioctl.protects ? 1 : 0, ioctl.flushes);
      ioctl = undefined;
    }
  }

  function begin(event: Named<'enable_log_mask'>, now: Ioctl): void {
    const slot = current === undefined ? undefined : memory.slots.get(current);
    if (slot === undefined) return;
    now.protects = true;
    now.rule = everyPage;
    const word = slot.gfn + event.gfn_offset;
    now.taken.clear();
    for (let bit = 0n; bit < 64n; bit += 1n) {
      if (((event.mask >> bit) & 1n) === 0n) continue;
      const gfn = word + bit;
      now.taken.add(gfn);
      if (isWritable(memory.sptes.get(`1:${gfn}`))) now.gfns.push(gfn);
    }
    pending = { mask: event.mask, word };
    if (initiallySet.has(slot.id)) huge = hugePagesOf(word, event.mask);
  }

  function headsOf(now: Ioctl): bigint[] {
    if (pending === undefined) return now.heads;
    const { mask, word } = pending;
    pending = undefined;
    for (let bit = 0n; bit < 64n; bit += 1n) {
      if (((mask >> bit) & 1n) === 0n) continue;
      const head = memory.headOf(word + bit, 1);
      if (head !== undefined && (memory.entries(head)?.length ?? 0) > 0) now.heads.push(head);
    }
    return now.heads;
  }

  function removeWriteAccess(event: Named<'slot_rm_wacc'>, now: Ioctl): void {
    now.protects = true;
    now.rule = wholeSlot;
    now.slot = event.slot;
    const slot = current === undefined ? undefined : memory.slots.get(current);
    if (slot === undefined) return;
    now.heads = memory.headsIn(slot);
    for (let gfn = slot.gfn; gfn < slot.gfn + slot.npages; gfn += 1n) {
      if (isWritable(memory.sptes.get(`1:${gfn}`))) now.gfns.push(gfn);
      const large = memory.sptes.get(`2:${gfn}`);
      if (isWritable(large) && ((large ?? 0n) & PT_PAGE_SIZE_MASK) !== 0n) now.gfns.push(gfn);
    }
  }

  function changed(event: Named<'kvm_tdp_mmu_spte_changed'>, now: Ioctl): void {
    if ((event.old & PT_PRESENT_MASK) === 0n || event.new !== (event.old & ~PT_WRITABLE_MASK)) return;
    if (!now.protects) return;
    const next = now.gfns.shift();
    // a fault without mmu_lock may have made it writable before its event
    const meanwhile = next === undefined && now.taken.has(event.gfn);
    ledger.same(now.rule, event, 'gfn', meanwhile ? event.gfn : (next ?? -1n), event.gfn);
  }

  function walks(event: Named<'rmap_wp'>, now: Ioctl): void {
    if (event.pt_protect !== 0 || memory.entries(event.head) === undefined) return;
    const next = headsOf(now).shift();
    ledger.check(
      now.rule,
      event,
      next === event.head,
      () => (next === undefined ? 'no more rmaps to protect' : `head ${hex(next)}`),
      () => hex(event.head),
    );
  }

  function allDone(event: TraceEvent, now: Ioctl): void {
    const heads = headsOf(now);
    if (!now.protects) return;
    if (current !== undefined && initiallySet.has(current)) {
      ledger.same(hugeToo, event, 'huge pages left', 0, huge.length);
    }
    huge = [];
    ledger.same(now.rule, event, 'pages left writable', 0, heads.length + now.gfns.length);
    now.heads = [];
    now.gfns = [];
  }
}

function isWritable(spte: bigint | undefined): boolean {
  return spte !== undefined && (spte & PT_PRESENT_MASK) !== 0n && (spte & PT_WRITABLE_MASK) !== 0n;
}

/** The gfn of the first bit, and that of the last where the next boundary of 2M above it is another one. */
function hugePagesOf(word: bigint, mask: bigint): bigint[] {
  const bits = mask.toString(2);
  const first = word + BigInt(bits.length - 1 - bits.lastIndexOf('1'));
  const last = word + BigInt(bits.length - 1);
  return boundaryAbove(first) === boundaryAbove(last) ? [first] : [first, last];
}

function boundaryAbove(gfn: bigint): bigint {
  return (gfn + 511n) >> 9n;
}
