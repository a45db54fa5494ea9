/** The lines of a `.log` that tell what the script asked the kernel for, and what the guest did. */
import { countField, type JsonLine, objectField, textField, unexpected } from './json-line.ts';

/** One such line; pages are numbers of 4K pages, relative to the slot. */
export type LogEntry =
  | { readonly t: 'phase'; readonly phase: string }
  | { readonly t: 'truth_written'; readonly pages: readonly number[] }
  | { readonly t: 'get_dirty_log'; readonly slot: number; readonly pages: readonly number[] }
  | { readonly t: 'clear_arg'; readonly slot: number; readonly pages: readonly number[] }
  | { readonly t: 'clear_dirty_log'; readonly slot: number; readonly first: number; readonly n: number }
  | { readonly t: 'snapshot'; readonly phase: string; readonly statistics: Readonly<Record<string, number>> }
  | { readonly t: 'migration_check'; readonly pages_differing: number };

/**
 * Reads those lines, and passes over all others.
 *
 * @throws {RecordingError} naming the line, where one of them is not what the format says.
 */
export function readLogEntries(lines: readonly JsonLine[]): LogEntry[] {
  return lines.flatMap((line) => {
    const entry = readEntry(line);
    return entry === undefined ? [] : [entry];
  });
}

function readEntry(at: JsonLine): LogEntry | undefined {
  const { t } = at.fields;
  switch (t) {
    case 'phase':
      return { t, phase: textField(at, 'phase', at.fields.phase) };
    case 'truth_written':
      return { t, pages: pagesOf(at) };
    case 'get_dirty_log':
    case 'clear_arg': {
      const { slot, count } = objectField(at, 'the line', at.fields, ['t', 'slot', 'pages', 'count']);
      const pages = pagesOf(at);
      if (count !== pages.length) throw unexpected(at, 'count', `the number of pages, ${pages.length}`, count);
      return { t, slot: countField(at, 'slot', slot), pages };
    }
    case 'clear_dirty_log': {
      const { slot, first, n } = objectField(at, 'the line', at.fields, ['t', 'slot', 'first', 'n']);
      return {
        t,
        slot: countField(at, 'slot', slot),
        first: countField(at, 'first', first),
        n: countField(at, 'n', n),
      };
    }
    case 'snapshot':
      return { t, phase: textField(at, 'phase', at.fields.phase), statistics: statisticsOf(at) };
    case 'migration_check':
      return { t, pages_differing: countField(at, 'pages_differing', at.fields.pages_differing) };
    default:
      return undefined;
  }
}

function pagesOf(at: JsonLine): number[] {
  const { pages } = at.fields;
  if (!Array.isArray(pages)) throw unexpected(at, 'pages', 'a list of page numbers', pages);
  return pages.map((page, i) => countField(at, `pages[${i}]`, page));
}

/** Statistics of the VM and the sums of its vCPUs'; those that the kernel does not have are left out. */
function statisticsOf(at: JsonLine): Record<string, number> {
  const { vm, vcpus_sum } = at.fields;
  const all: Record<string, unknown> = { ...(vm as object | undefined), ...(vcpus_sum as object | undefined) };
  const has = ([, value]: [string, unknown]) => typeof value === 'number' && value >= 0;
  return Object.fromEntries(Object.entries(all).filter(has)) as Record<string, number>;
}
