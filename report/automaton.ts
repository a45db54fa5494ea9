/** What the steps of a model do to one object, as a deterministic automaton: what a monitor of the kernel would watch. */
import { noParent, type Searched } from '#explorer';
import { type Instance, type LeafPart, leavesOf, type Plain, type ThreadPart, valueIn } from '#notation';
import { nextOf } from './points.ts';

/** A deterministic automaton. States and events have names of C. */
export interface Automaton {
  readonly initial: string;
  readonly states: readonly string[];
  /** States in which the object may be where a run starts. */
  readonly final: readonly string[];
  readonly edges: readonly { readonly from: string; readonly event: string; readonly to: string }[];
}

/** A larger automaton is none that somebody would watch, and may be as large as there are sets of values. */
const mostStates = 1000;

/** The objects that an automaton can be of: every part of the state, by its path. */
export function objectsOf({ root }: Instance): string[] {
  const paths = new Set<string>();
  for (const { path } of leavesOf(root)) {
    const parts = path.split(/(?=[.[])/);
    for (const [i] of parts.entries()) paths.add(parts.slice(0, i + 1).join(''));
  }
  return [...paths];
}

/**
 * The automaton of an object. Its states are the values that the object has; an event is a step that changes it, by whoever takes
 * it and whatever its arguments are. Where an event may lead to one value or another, the automaton is in both at once.
 * @throws Error when it has more than 1000 states.
 * @param object `spte[0]`, `rmap[1]`; of a lock whether it is held, not by whom; of a thread where it is in its list, not its locals.
 */
export function automatonOf({ machine, visited, states }: Searched, object: string): Automaton {
  const valueOf = projection(machine.instance, object);
  const keys = Array.from({ length: states }, (_, at) => {
    machine.load(visited.arena, at);
    return valueOf(machine.plain());
  });
  const starts = new Set(keys.filter((_, at) => visited.parents[at] === noParent));
  const moves = new Map<string, Map<string, Set<string>>>();
  for (const [at, from] of keys.entries()) {
    machine.load(visited.arena, at);
    for (const { words, edge } of machine.successors()) {
      const to = words === undefined ? from : (keys[visited.find(words)] as string);
      if (to === from) continue;
      const events = moves.get(from) ?? new Map<string, Set<string>>();
      moves.set(from, events.set(edge.label, (events.get(edge.label) ?? new Set()).add(to)));
    }
  }
  const names = unique([...new Set(keys)], identifier);
  const events = unique([...new Set([...moves.values()].flatMap((of) => [...of.keys()]))], identifier);
  return determinised(starts, moves, names, events);
}

/** The subset construction. */
function determinised(
  starts: ReadonlySet<string>,
  moves: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>,
  names: ReadonlyMap<string, string>,
  events: ReadonlyMap<string, string>,
): Automaton {
  const keyOf = (set: ReadonlySet<string>) => [...set].toSorted().join('\n');
  const found = new Map([[keyOf(starts), starts]]);
  const edges: { from: string; event: string; to: string }[] = [];
  for (const [from, set] of found) {
    for (const [label, event] of events) {
      const next = new Set([...set].flatMap((key) => [...(moves.get(key)?.get(label) ?? [])]));
      if (next.size === 0) continue;
      const to = keyOf(next);
      if (!found.has(to)) found.set(to, next);
      if (found.size > mostStates) throw new Error(`it has more than ${mostStates} states; name a part of it`);
      edges.push({ from, event, to });
    }
  }
  const named = unique([...found.keys()], (key) => {
    const parts = [...(found.get(key) as ReadonlySet<string>)].map((each) => names.get(each) as string);
    return parts.toSorted().join('_or_');
  });
  const name = (key: string) => named.get(key) as string;
  return {
    initial: name(keyOf(starts)),
    states: [...named.values()],
    final: [...found].filter(([, set]) => [...set].some((key) => starts.has(key))).map(([key]) => name(key)),
    edges: edges.map(({ from, event, to }) => ({ from: name(from), event, to: name(to) })),
  };
}

/** An object's value, as a text from which its name is made: `writable_true`, `rmap_0_1`, `mmu_lock_free`, `at_set_spte`. */
function projection(instance: Instance, object: string): (state: Plain) => string {
  const thread = instance.threads.find(({ path }) => path === object);
  if (thread) return (state) => atPoint(thread, valueIn(instance, state, thread.point) as number);
  const lock = instance.root.fields[object];
  if (lock?.kind === 'lock') {
    return (state) => {
      const readers = lock.readers.filter((leaf) => valueIn(instance, state, leaf) === 1).length;
      if (readers > 0) return `${object}_read_by_${readers}`;
      return `${object}_${valueIn(instance, state, lock.owner) === 0 ? 'free' : 'held'}`;
    };
  }
  const under = (path: string) => path === object || path.startsWith(`${object}.`) || path.startsWith(`${object}[`);
  const leaves = [...leavesOf(instance.root)].filter(({ path }) => under(path));
  const told = (leaf: LeafPart, value: unknown) => {
    const own = identifier(leaf.path === object ? object : leaf.path.slice(object.length));
    return `${own}_${leaf.type === 'pointer' && value === -1 ? 'NULL' : value}`;
  };
  return (state) => leaves.map((leaf) => told(leaf, valueIn(instance, state, leaf))).join('__');
}

/** Points at which a thread would do the same are told apart by their numbers. */
function atPoint(thread: ThreadPart, point: number): string {
  const name = nextOf(thread, point);
  const alike = thread.program.points.filter((_, other) => nextOf(thread, other) === name);
  return `at_${name}${alike.length > 1 ? `_${point}` : ''}`;
}

/** A name of C, as near as it gets. */
function identifier(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_+|_+$/g, '');
  return /^[A-Za-z]/.test(name) ? name : `n_${name}`;
}

/** Names for some things, no two alike. */
function unique(things: readonly string[], nameOf: (thing: string) => string): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    things.map((thing) => {
      const wanted = nameOf(thing);
      let name = wanted;
      for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
      taken.add(name);
      return [thing, name];
    }),
  );
}
