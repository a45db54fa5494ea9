/** The dirty bitmap: what is reported and cleared, beside what was marked and what the guest is known to have written. */
import type { TraceEvent } from '../events.ts';
import type { LogEntry } from '../log-entries.ts';
import type { RecordingLog } from '../log.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
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

const asLogged = {
  name: 'marks as logged',
  sentence: 'the ioctls, snapshots and phases of the trace are those of the log, in its order',
} as const satisfies Rule;

export const dirtyLogRules = [reported, taken, written, copied, asLogged];

/** A page is marked, or may be: somebody without mmu_lock is just about to mark it, or has. */
type Bit = 'marked' | 'perhaps';

interface Inflight {
  readonly bits: Map<bigint, Bit>;
  readonly gfn: bigint;
  /** The bit was taken in between. */
  taken: boolean;
}

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

/** Every mark, beside what comes out of the ioctls. */
export function checkDirtyLog(ledger: Ledger, memory: Memory, log: RecordingLog | undefined): Checker {
  const bitmaps = new Map<string, Map<bigint, Bit>>();
  const inflight = new Map<string, Inflight>();
  const entries = log?.entries ?? [];
  const manual = entries.some(({ t }) => t === 'clear_dirty_log');
  let at = 0;
  /** Pages that the guest has written since the last GET; undefined where nobody knows. */
  let truth: Set<number> | undefined;
  let leftover = new Set<number>();
  let lastReport: readonly number[] = [];
  let ioctl:
    | { readonly kind: 'GET' | 'CLEAR' | 'SETSLOT'; readonly slot: TracedSlot | undefined; asked: Set<bigint> }
    | undefined;
  /** What was marked when the ioctl began, and what it has taken. */
  let before = new Map<bigint, Bit>();
  let takenNow = new Set<bigint>();
  let protectedAtOnce = false;
  let opened: { readonly word: string; readonly about: string } | undefined;

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
          protectedAtOnce = true;
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
      ledger.same(asLogged, last, 'begun and not done', '', opened?.word ?? '');
      if (log === undefined) return;
      const left = entries.slice(at).filter(({ t }) => t !== 'truth_written' && t !== 'migration_check').length;
      ledger.same(asLogged, last, 'entries of the log that no mark belongs to', 0, left);
      for (const entry of entries) {
        if (entry.t === 'migration_check') ledger.same(copied, last, 'pages differing', 0, entry.pages_differing);
      }
    },
  };

  function begins(slot: TracedSlot | undefined): void {
    before = new Map(bitmaps.get(slot?.id ?? ''));
    takenNow = new Set();
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
    if (ioctl?.slot === undefined) return;
    const { slot, asked, kind } = ioctl;
    const bits = bitmaps.get(slot.id) ?? new Map<bigint, Bit>();
    for (let bit = 0n; bit < 64n; bit += 1n) {
      if (((event.mask >> bit) & 1n) === 0n) continue;
      const gfn = slot.gfn + event.gfn_offset + bit;
      const wanted = kind === 'GET' || asked.has(gfn);
      ledger.check(
        taken,
        event,
        wanted && bits.has(gfn),
        () => `gfn ${hex(gfn)} left alone, which is ${wanted ? 'not marked' : 'not asked for'}`,
        () => 'taken',
      );
      takenNow.add(gfn);
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
    if (log !== undefined && event.line === 1) {
      ledger.same(asLogged, event, 'words', `WORKLOAD ${log.workload} mode ${log.mode}`, event.words);
    }
    const [word = '', slotWord = '', ...rest] = event.words.split(' ');
    const slot = memory.slots.get(slotWord.replace('slot=', ''));
    pairs(event, word, slotWord);
    switch (word) {
      case 'SETSLOT':
        protectedAtOnce = false;
        ioctl = { kind: 'SETSLOT', slot, asked: new Set() };
        break;
      case 'SETSLOT_DONE':
        if (ioctl?.kind === 'SETSLOT' && ioctl.slot !== undefined) switched(ioctl.slot);
        ioctl = undefined;
        break;
      case 'GET_DIRTY_LOG':
        begins(slot);
        ioctl = { kind: 'GET', slot, asked: new Set() };
        break;
      case 'GET_DIRTY_LOG_DONE': {
        const entry = expects(event, 'get_dirty_log');
        if (entry !== undefined && slot !== undefined) gets(event, slot, entry.pages);
        ioctl = undefined;
        break;
      }
      case 'CLEAR_DIRTY_LOG': {
        const entry = expects(event, 'clear_dirty_log');
        if (entry === undefined || slot === undefined) break;
        const said = rest.join(' ');
        ledger.same(asLogged, event, 'words', `first=${entry.first} n=${entry.n}`, said);
        const within = (page: number) => page >= entry.first && page < entry.first + entry.n;
        const asked = lastReport.filter(within);
        leftover = new Set([...leftover].filter((page) => !asked.includes(page)));
        begins(slot);
        ioctl = { kind: 'CLEAR', slot, asked: new Set(asked.map((page) => slot.gfn + BigInt(page))) };
        break;
      }
      case 'CLEAR_DIRTY_LOG_DONE':
        if (ioctl?.slot !== undefined) allTaken(event, ioctl.asked);
        ioctl = undefined;
        break;
      case 'SNAPSHOT_BEGIN':
        ledger.same(asLogged, event, 'phase', expects(event, 'snapshot')?.phase ?? slotWord, slotWord);
        break;
      case 'PHASE':
        if (next()?.t === 'phase') {
          ledger.same(asLogged, event, 'phase', expects(event, 'phase')?.phase ?? slotWord, slotWord);
        }
        break;
      default:
    }
  }

  /** An ioctl, a snapshot, the VM's end: what begins is done before anything else is. */
  function pairs(event: TraceEvent, word: string, about: string): void {
    const [, open] = /^(.*)(?:_DONE|_END)$/.exec(word) ?? [];
    const begun = (opened?.word ?? '').replace('_BEGIN', '');
    if (open === undefined) ledger.same(asLogged, event, 'begun before', '', begun);
    else {
      ledger.same(asLogged, event, 'begun before', open, begun);
      if (about !== '') ledger.same(asLogged, event, 'the same', opened?.about ?? '', about);
    }
    opened = /^(?:SETSLOT|GET_DIRTY_LOG|CLEAR_DIRTY_LOG|\w+_BEGIN)$/.test(word) ? { word, about } : undefined;
  }

  /** The bitmap is made when logging is switched on, and all its bits are set when nothing is protected then. */
  function switched(slot: TracedSlot): void {
    if (!slot.logged) bitmaps.delete(slot.id);
    else if (!bitmaps.has(slot.id)) {
      const bits = new Map<bigint, Bit>();
      bitmaps.set(slot.id, bits);
      if (protectedAtOnce || !manual) return;
      for (let gfn = slot.gfn; gfn < slot.gfn + slot.npages; gfn += 1n) bits.set(gfn, 'marked');
      truth = undefined;
    }
  }

  /** The next line of the log that a mark belongs to; what the guest wrote, and CLEAR is to be asked for, stands in between. */
  function next(): LogEntry | undefined {
    for (;;) {
      const entry = entries[at];
      if (entry?.t === 'truth_written') truth = new Set([...(truth ?? []), ...entry.pages]);
      else if (entry?.t === 'clear_arg') lastReport = entry.pages;
      else if (entry?.t !== 'migration_check') return entry;
      at += 1;
    }
  }

  /** Takes that line, which has to be of that kind. */
  function expects<T extends LogEntry['t']>(event: TraceEvent, t: T): Extract<LogEntry, { t: T }> | undefined {
    if (log === undefined) return undefined;
    const entry = next();
    ledger.same<string>(asLogged, event, 'next in the log', entry?.t ?? 'nothing', t);
    if (entry?.t !== t) return undefined;
    at += 1;
    return entry as Extract<LogEntry, { t: T }>;
  }

  function gets(event: TraceEvent, slot: TracedSlot, pages: readonly number[]): void {
    const gfns = new Set(pages.map((page) => slot.gfn + BigInt(page)));
    // with manual protection GET only copies, and whatever is marked meanwhile may be in time
    const may = manual ? new Set([...before.keys(), ...(bitmaps.get(slot.id)?.keys() ?? [])]) : takenNow;
    const must = manual ? [...before].flatMap(([gfn, bit]) => (bit === 'marked' ? [gfn] : [])) : takenNow;
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
    if (!manual) allTaken(event, undefined);
    if (truth !== undefined) {
      const should = new Set([...truth, ...leftover]);
      const strangers = pages.filter((page) => !should.has(page));
      const missing = [...should].filter((page) => !pages.includes(page));
      ledger.same(written, event, 'pages reported that nobody wrote', '', strangers.join(' '));
      ledger.same(written, event, 'pages written and not reported', '', missing.join(' '));
    }
    truth = undefined;
    lastReport = pages;
    leftover = new Set(manual ? pages : []);
  }

  /** What was marked before the ioctl began has been taken. */
  function allTaken(event: TraceEvent, asked: ReadonlySet<bigint> | undefined): void {
    for (const [gfn, bit] of before) {
      if (bit !== 'marked' || asked?.has(gfn) === false) continue;
      ledger.check(
        taken,
        event,
        takenNow.has(gfn),
        () => `gfn ${hex(gfn)} taken, which is marked`,
        () => 'left',
      );
    }
  }
}
