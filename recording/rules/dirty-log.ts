/** The dirty bitmap: what is reported and cleared, beside what was marked and what the guest is known to have written. */
import type { TraceEvent } from '../events.ts';
import type { RecordingLog } from '../log.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { LogMarks } from './log-marks.ts';
import type { Memory, TracedSlot } from './memory.ts';

const reported = {
  name: 'reported as marked',
  sentence: 'KVM_GET_DIRTY_LOG reports the pages that were marked dirty since they were last taken, and no others',
} as const satisfies Rule;

const taken = {
  name: 'taken as marked',
  sentence: 'GET, or CLEAR of the pages that it names, takes and protects exactly those that are marked',
} as const satisfies Rule;

const written = {
  name: 'written pages reported',
  sentence: 'every page that the guest is known to have written since the last report is reported, and no other one',
} as const satisfies Rule;

const copied = {
  name: 'the copy is whole',
  sentence: 'a copy of the reported pages, made while the guest runs on, equals its memory when it has stopped',
} as const satisfies Rule;

export const dirtyLogRules = [reported, taken, written, copied];

/** A page is marked, or may be: somebody without mmu_lock is just about to mark it, or has. */
type Bit = 'marked' | 'perhaps';

interface Inflight {
  readonly bits: Map<bigint, Bit>;
  readonly gfn: bigint;
  /** The bit was taken in between. */
  taken: boolean;
}

/** A GET, a CLEAR or a change of flags that is under way. */
interface Ioctl {
  readonly slot: TracedSlot;
  /** What was marked when it began. */
  readonly before: ReadonlyMap<bigint, Bit>;
  /** What a CLEAR names; the others mean all. */
  readonly asked?: ReadonlySet<bigint>;
  readonly taken: Set<bigint>;
  /** All of the slot has been write-protected. */
  protects: boolean;
}

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

/** Every mark, beside what comes out of the ioctls. */
export function checkDirtyLog(ledger: Ledger, memory: Memory, log: RecordingLog | undefined): Checker {
  const bitmaps = new Map<string, Map<bigint, Bit>>();
  const inflight = new Map<string, Inflight>();
  const entries = log?.entries ?? [];
  const manual = entries.some(({ t }) => t === 'clear_dirty_log');
  const marks = new LogMarks(ledger, log);
  /** Pages that were reported and not cleared: with manual protection they are reported again. */
  let leftover = new Set<number>();
  let ioctl: Ioctl | undefined;

  return {
    take(event) {
      switch (event.name) {
        case 'mark_dirty':
          mark(event);
          break;
        case 'fast_page_fault': {
          const flying = inflight.get(event.pid);
          inflight.delete(event.pid);
          if (flying !== undefined && !flying.taken) flying.bits.set(flying.gfn, 'marked');
          break;
        }
        case 'slot_rm_wacc':
          if (ioctl !== undefined) ioctl.protects = true;
          break;
        case 'enable_log_mask':
          takes(event);
          break;
        case 'MARK':
          marked(event);
          break;
        default:
      }
    },
    end(last) {
      marks.end(last);
      for (const entry of entries) {
        if (entry.t === 'migration_check') ledger.same(copied, last, 'pages differing', 0, entry.pages_differing);
      }
    },
  };

  function begins(slot: TracedSlot | undefined, asked?: ReadonlySet<bigint>): Ioctl | undefined {
    if (slot === undefined) return undefined;
    const before = new Map(bitmaps.get(slot.id));
    return { slot, before, taken: new Set(), protects: false, ...(asked === undefined ? {} : { asked }) };
  }

  function mark(event: Named<'mark_dirty'>): void {
    const bits = bitmaps.get(memory.slotOf(event.gfn)?.id ?? '');
    if (bits === undefined) return;
    if (event.depth > 0 || !/fast_page_fault|direct_page_fault/.test(event.from)) {
      bits.set(event.gfn, 'marked');
      return;
    }
    inflight.set(event.pid, { bits, gfn: event.gfn, taken: false });
    if (!bits.has(event.gfn)) bits.set(event.gfn, 'perhaps');
  }

  function takes(event: Named<'enable_log_mask'>): void {
    if (ioctl === undefined) return;
    const { slot, asked } = ioctl;
    const bits = bitmaps.get(slot.id) ?? new Map<bigint, Bit>();
    for (let bit = 0n; bit < 64n; bit += 1n) {
      if (((event.mask >> bit) & 1n) === 0n) continue;
      const gfn = slot.gfn + event.gfn_offset + bit;
      const wanted = asked?.has(gfn) !== false;
      ledger.check(
        taken,
        event,
        wanted && bits.has(gfn),
        () => `gfn ${hex(gfn)} left alone, which is ${wanted ? 'not marked' : 'not asked for'}`,
        () => 'taken',
      );
      ioctl.taken.add(gfn);
      take(bits, gfn);
    }
  }

  function take(bits: Map<bigint, Bit>, gfn: bigint): void {
    bits.delete(gfn);
    for (const flying of inflight.values()) {
      if (flying.bits !== bits || flying.gfn !== gfn) continue;
      flying.taken = true;
      bits.set(gfn, 'perhaps');
    }
  }

  function marked(event: Named<'MARK'>): void {
    const entry = marks.take(event);
    const [word = '', slotWord = ''] = event.words.split(' ');
    const slot = memory.slots.get(slotWord.replace('slot=', ''));
    switch (word) {
      case 'SETSLOT':
      case 'GET_DIRTY_LOG':
        ioctl = begins(slot);
        break;
      case 'CLEAR_DIRTY_LOG':
        if (entry?.t === 'clear_dirty_log' && slot !== undefined) {
          const asked = marks.named.filter((page) => page >= entry.first && page < entry.first + entry.n);
          leftover = new Set([...leftover].filter((page) => !asked.includes(page)));
          ioctl = begins(slot, new Set(asked.map((page) => slot.gfn + BigInt(page))));
        }
        break;
      case 'SETSLOT_DONE':
        if (ioctl !== undefined) switched(ioctl);
        ioctl = undefined;
        break;
      case 'GET_DIRTY_LOG_DONE':
        if (entry?.t === 'get_dirty_log' && ioctl !== undefined) gets(event, ioctl, entry.pages);
        ioctl = undefined;
        break;
      case 'CLEAR_DIRTY_LOG_DONE':
        if (ioctl !== undefined) allTaken(event, ioctl);
        ioctl = undefined;
        break;
      default:
    }
  }

  /** The bitmap is made when logging is switched on, and all its bits are set when nothing is protected then. */
  function switched({ slot, protects }: Ioctl): void {
    if (!slot.logged) bitmaps.delete(slot.id);
    else if (!bitmaps.has(slot.id)) {
      const bits = new Map<bigint, Bit>();
      bitmaps.set(slot.id, bits);
      if (protects || !manual) return;
      for (let gfn = slot.gfn; gfn < slot.gfn + slot.npages; gfn += 1n) bits.set(gfn, 'marked');
      marks.written = undefined;
    }
  }

  function gets(event: TraceEvent, now: Ioctl, pages: readonly number[]): void {
    const { slot, before } = now;
    const gfns = new Set(pages.map((page) => slot.gfn + BigInt(page)));
    // with manual protection GET only copies, and whatever is marked meanwhile may be in time
    const may = manual ? new Set([...before.keys(), ...(bitmaps.get(slot.id)?.keys() ?? [])]) : now.taken;
    const must = manual ? [...before].flatMap(([gfn, bit]) => (bit === 'marked' ? [gfn] : [])) : now.taken;
    for (const gfn of gfns) {
      ledger.check(
        reported,
        event,
        may.has(gfn),
        () => `gfn ${hex(gfn)} not reported, which is not marked`,
        () => 'reported',
      );
    }
    for (const gfn of must) {
      ledger.check(
        reported,
        event,
        gfns.has(gfn),
        () => `gfn ${hex(gfn)} reported, which is marked`,
        () => 'not reported',
      );
    }
    if (!manual) allTaken(event, now);
    if (marks.written !== undefined) {
      const should = new Set([...marks.written, ...leftover]);
      const strangers = pages.filter((page) => !should.has(page));
      const missing = [...should].filter((page) => !pages.includes(page));
      ledger.same(written, event, 'pages reported that nobody wrote', '', strangers.join(' '));
      ledger.same(written, event, 'pages written and not reported', '', missing.join(' '));
    }
    marks.written = undefined;
    marks.named = pages;
    leftover = new Set(manual ? pages : []);
  }

  /** What was marked before the ioctl began has been taken. */
  function allTaken(event: TraceEvent, { before, asked, taken: now }: Ioctl): void {
    for (const [gfn, bit] of before) {
      if (bit !== 'marked' || asked?.has(gfn) === false) continue;
      ledger.check(
        taken,
        event,
        now.has(gfn),
        () => `gfn ${hex(gfn)} taken, which is marked`,
        () => 'left',
      );
    }
  }
}
