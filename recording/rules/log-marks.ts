/** The marks of a trace beside the lines of its log: both tell what the script did. */
import type { TraceEvent } from '../events.ts';
import type { RecordingLog } from '../log.ts';
import type { LogEntry } from '../log-entries.ts';
import type { Ledger, Rule } from './ledger.ts';

const asLogged = {
  name: 'marks as logged',
  sentence: 'the ioctls, snapshots and phases of the trace are those of the log, in its order',
} as const satisfies Rule;

export const logMarkRules = [asLogged];

type Mark = Extract<TraceEvent, { name: 'MARK' }>;

/** Which line of the log belongs to which mark. */
const entryOf: Record<string, LogEntry['t']> = {
  GET_DIRTY_LOG_DONE: 'get_dirty_log',
  CLEAR_DIRTY_LOG: 'clear_dirty_log',
  SNAPSHOT_BEGIN: 'snapshot',
  PHASE: 'phase',
};

/** Goes through a log as the marks of its trace come. */
export class LogMarks {
  /** Pages that the guest has written since somebody last asked; undefined where nobody knows. */
  written: Set<number> | undefined;
  /** Pages that the next CLEAR names: those that were reported last, or what the log says. */
  named: readonly number[] = [];
  readonly #ledger: Ledger;
  readonly #log: RecordingLog | undefined;
  #at = 0;
  #opened: { readonly word: string; readonly about: string } | undefined;

  constructor(ledger: Ledger, log: RecordingLog | undefined) {
    this.#ledger = ledger;
    this.#log = log;
  }

  /** Takes a mark, and gives the line that belongs to it, if there is one. */
  take(event: Mark): LogEntry | undefined {
    const [word = '', about = '', ...rest] = event.words.split(' ');
    this.#pairs(event, word, about);
    if (this.#log === undefined) return undefined;
    if (event.line === 1) {
      const { workload, mode } = this.#log;
      this.#ledger.same(asLogged, event, 'words', `WORKLOAD ${workload} mode ${mode}`, event.words);
    }
    const wanted = entryOf[word];
    const entry = wanted === undefined ? undefined : this.#next();
    // some phases are marked and not logged
    if (wanted === undefined || (wanted === 'phase' && entry?.t !== 'phase')) return undefined;
    this.#ledger.same<string>(asLogged, event, 'next in the log', entry?.t ?? 'nothing', wanted);
    if (entry?.t !== wanted) return undefined;
    this.#at += 1;
    if (entry.t === 'phase' || entry.t === 'snapshot') this.#ledger.same(asLogged, event, 'phase', entry.phase, about);
    if (entry.t === 'clear_dirty_log') {
      this.#ledger.same(asLogged, event, 'words', `first=${entry.first} n=${entry.n}`, rest.join(' '));
    }
    return entry;
  }

  /** The trace is at its end, and so the log has to be. */
  end(last: TraceEvent): void {
    this.#ledger.same(asLogged, last, 'begun and not done', '', this.#opened?.word ?? '');
    if (this.#log === undefined) return;
    const left = this.#next()?.t ?? 'nothing';
    this.#ledger.same<string>(asLogged, last, 'next in the log', left, 'nothing');
  }

  /** The next line that a mark belongs to; what the guest wrote, and CLEAR is to name, stands in between. */
  #next(): LogEntry | undefined {
    for (;;) {
      const entry = this.#log?.entries[this.#at];
      if (entry?.t === 'truth_written') this.written = new Set([...(this.written ?? []), ...entry.pages]);
      else if (entry?.t === 'clear_arg') this.named = entry.pages;
      else if (entry?.t !== 'migration_check') return entry;
      this.#at += 1;
    }
  }

  /** An ioctl, a snapshot, the VM's end: what begins is done before anything else is. */
  #pairs(event: Mark, word: string, about: string): void {
    const [, done] = /^(.*)(?:_DONE|_END)$/.exec(word) ?? [];
    const begun = (this.#opened?.word ?? '').replace('_BEGIN', '');
    this.#ledger.same(asLogged, event, 'begun before', done ?? '', begun);
    if (done !== undefined && about !== '') {
      this.#ledger.same(asLogged, event, 'the same', this.#opened?.about ?? '', about);
    }
    const begins = /^(?:SETSLOT|GET_DIRTY_LOG|CLEAR_DIRTY_LOG|\w+_BEGIN)$/.test(word);
    this.#opened = begins ? { word, about } : undefined;
  }
}
