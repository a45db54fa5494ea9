/** What a wrong variant does differently, and where its race shows that, in one line. */
import type { Trace } from '#explorer';
import type { Departure } from './departure.ts';
import type { Difference, Line, Nearest } from './nearest.ts';

/** How many steps of one place are named. */
const named = 4;

export function comparison({ right, differences }: Nearest, departure?: Departure, race?: Trace): string {
  const parted = departure && race ? ` ${parting(departure, race)}` : '';
  const told = new Map<string, Set<string>>();
  for (const each of joined(differences)) {
    const places = told.get(words(each)) ?? new Set();
    told.set(words(each), isInList(each) ? places.add(each.where) : places);
  }
  const different = [...told].map(([what, where]) => (where.size > 0 ? `${what} (${[...where].join(', ')})` : what));
  return `Compared with \`${right}\`: ${different.join('; ')}.${parted}`;
}

function isInList({ where }: Difference): boolean {
  return where !== 'bounds' && where !== 'initial states';
}

/** As one what is done to several places of a list; what is replaced stands with that in whose place it is. */
function joined(differences: readonly Difference[]): Difference[] {
  const result: Difference[] = [];
  for (const each of differences) {
    const { where, kind, right, wrong } = each;
    const at = result.findIndex((other) => kind !== 'replaced' && other.kind === kind && other.where === where);
    const known = result[at];
    if (known) result[at] = { where, kind, right: [...known.right, ...right], wrong: [...known.wrong, ...wrong] };
    else result.push(each);
  }
  return result;
}

function words({ where, kind, right, wrong }: Difference): string {
  if (where === 'bounds') return `at ${wrong.map(({ name }) => name).join(', ')}`;
  if (where === 'initial states') return `from ${names(right) === names(wrong) ? 'another ' : ''}${names(wrong)}`;
  return {
    added: `with ${names(wrong)}`,
    removed: `without ${names(right)}`,
    moved: `${names(wrong)} elsewhere`,
    replaced: `${names(wrong)} for ${names(right)}`,
    changed: `another ${names(wrong)}`,
  }[kind];
}

function names(lines: readonly Line[]): string {
  const all = [...new Set(lines.map(({ name }) => `\`${name}\``))];
  const shown = all.slice(0, all.length === named + 1 ? named + 1 : named);
  const more = all.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function parting({ at }: Departure, { length }: Trace): string {
  if (at === 0) return 'They part where they begin.';
  return at > length ? 'They part after the last step.' : `They part at step ${at}.`;
}
