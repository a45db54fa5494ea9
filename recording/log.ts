/** The `.log` beside a recording. */
import { countField, type JsonLine, jsonLines, objectField, textField, unexpected } from './json-line.ts';
import { type LogEntry, readLogEntries } from './log-entries.ts';
import { RecordingError } from './recording-error.ts';

/** What the `.log` beside a recording says, as far as `conform` asks. */
export interface RecordingLog {
  readonly workload: string;
  /** Kernel and module parameters, as in `k61-npt0`. */
  readonly mode: string;
  readonly snapshots: readonly LogSnapshot[];
  /** What the script wrote, asked for and was told, in its order. */
  readonly entries: readonly LogEntry[];
}

/** What debugfs said at one snapshot. */
export interface LogSnapshot {
  readonly phase: string;
  /** Absent where the kernel's file was empty: it has no rmaps. */
  readonly mmu_rmaps_stat?: RmapsStat;
  /** Absent where the kernel has no such statistic (-1 in the log). */
  readonly max_mmu_rmap_size?: number;
}

/** Rows of `mmu_rmaps_stat`, eleven buckets each. */
export type RmapsStat = Readonly<Record<Level, readonly number[]>>;
/** Page sizes that have a row in `mmu_rmaps_stat`. */
export type Level = (typeof levels)[number];

export const levels = ['4K', '2M', '1G'] as const;

/** The columns of `mmu_rmaps_stat` as its header line prints them. */
export const bucketLabels = [
  '0',
  '1',
  '2-3',
  '4-7',
  '8-15',
  '16-31',
  '32-63',
  '64-127',
  '128-255',
  '256-511',
  '512-1023',
] as const;

/**
 * Reads the `.log` form: `workload` first, `trace_quality` last. Lines that `conform` does not ask about need only be JSON objects with a `t`.
 *
 * @throws {RecordingError} naming the line; also where `trace_quality` says that events were lost, since list operations would be among them.
 */
export function readLog(text: string, file: string): RecordingLog {
  const lines = jsonLines(text, file);
  const kinds = lines.map((line) => textField(line, 't', line.fields.t));
  const [first] = lines;
  const last = lines.at(-1);
  if (first === undefined || last === undefined || kinds[0] !== 'workload' || kinds.at(-1) !== 'trace_quality') {
    const wrong =
      kinds[0] === 'workload'
        ? [lines.length, 'end with trace_quality', kinds.at(-1)]
        : [1, 'begin with workload', kinds[0]];
    const [line, rule, saw] = wrong as [number, string, string];
    throw new RecordingError(
      file,
      line,
      `expected the log to ${rule}, and saw ${saw}; it was cut: copy it again, or record anew`,
    );
  }
  const { name, mode } = objectField(first, 'the line', first.fields, ['t', 'name', 'mode']);
  nothingLost(last);
  return {
    workload: textField(first, 'name', name),
    mode: textField(first, 'mode', mode),
    entries: readLogEntries(lines),
    snapshots: lines.filter((_, index) => kinds[index] === 'snapshot').map(readSnapshot),
  };
}

function nothingLost(at: JsonLine): void {
  const counters = ['overrun', 'commit_overrun', 'dropped', 'kprobes_missed_since_boot'];
  const quality = objectField(at, 'the line', at.fields, ['t', 'entries', ...counters]);
  for (const name of counters) {
    const lost = countField(at, name, quality[name]);
    if (lost > 0) throw unexpected(at, name, '0: the recording has holes, record anew with a larger ring buffer', lost);
  }
}

function readSnapshot(at: JsonLine): LogSnapshot {
  const { phase, mmu_rmaps_stat, vm } = objectField(at, 'the line', at.fields, [
    't',
    'phase',
    'mmu_rmaps_stat',
    'vm',
    'vcpus_sum',
  ]);
  const statistics = typeof vm === 'object' && vm !== null ? (vm as Record<string, unknown>) : {};
  const largest = statistics.max_mmu_rmap_size;
  return {
    phase: textField(at, 'phase', phase),
    ...(isEmptyObject(mmu_rmaps_stat) ? {} : { mmu_rmaps_stat: rmapsStat(at, mmu_rmaps_stat) }),
    ...(largest === -1 ? {} : { max_mmu_rmap_size: countField(at, 'vm.max_mmu_rmap_size', largest) }),
  };
}

function rmapsStat(at: JsonLine, value: unknown): RmapsStat {
  const rows = objectField(at, 'mmu_rmaps_stat', value, levels);
  const row = (level: Level) => {
    const path = `mmu_rmaps_stat.${level}`;
    const buckets = rows[level];
    if (!Array.isArray(buckets) || buckets.length !== bucketLabels.length) {
      throw unexpected(at, path, `${bucketLabels.length} buckets`, buckets);
    }
    return buckets.map((count, bucket) => countField(at, `${path}[${bucket}]`, count));
  };
  return { '4K': row('4K'), '2M': row('2M'), '1G': row('1G') };
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
