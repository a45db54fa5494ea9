/** The events of tracefs's text in the words of the trimmed form, so that the rules can be held against either. */
import { isEventName, type TraceEvent } from './events.ts';
import { ProbeArguments, wrongEvent } from './probe-arguments.ts';
import { eventOf } from './trimmed-trace.ts';
import type { TraceEvent as TracefsEvent } from './tracefs-text.ts';

/**
 * The events that there are rules for; any other is left out, and so are calls of `rmap_write_protect` for an empty list, as the trimmed form
 * leaves them out.
 *
 * @throws {RecordingError} naming the line, for arguments that an event of its name does not have.
 */
export function eventsOf(raw: readonly TracefsEvent[]): TraceEvent[] {
  const empty = new Set<string>();
  return raw.flatMap((event): TraceEvent[] => {
    const name = event.name === 'tracing_mark_write' ? 'MARK' : event.name;
    if (!isEventName(name)) return [];
    if (name === 'rmap_wp' && new ProbeArguments(event).number('val') === 0n) {
      empty.add(event.pid);
      return [];
    }
    if (name === 'rmap_wp_ret' && empty.delete(event.pid)) return [];
    const { line, seq, pid, flags } = event;
    const read = eventOf({ line, seq, pid, flags, name, words: wordsOf(name, event) });
    if (read === undefined) throw wrongEvent(event, `expected the arguments of ${name}, and saw other ones`);
    return [read];
  });
}

/** Without where the probe is, and of a list how many entries it has in place of what is in it. */
function wordsOf(name: string, event: TracefsEvent): string {
  const [, place = '', rest = event.text] = /^\(([^)]*)\) ?(.*)$/.exec(event.text) ?? [];
  const [words = ''] = rest.split(/ n0=/);
  if (name === 'rmap_add') return words.replace(/^slot=\S+ /, '');
  const given = new ProbeArguments(event);
  const list = name.startsWith('list_') && given.has('head') ? words + lengthOf(given) : words;
  const [caller, called] = place.split(' <- ');
  if (called === undefined) return list;
  return given.has('head') ? `by=${caller} ${list}` : `(${place.replace(/\.\S*$/, '')}) ${words}`.trimEnd();
}

/** The number of entries, where the probe could read all descriptors of the list. */
function lengthOf(given: ProbeArguments): string {
  const state = given.listState();
  if (state.k !== 'many' || state.trunc) return '';
  return ` len=${state.d.reduce((sum, { n }) => sum + n, 0)}`;
}
