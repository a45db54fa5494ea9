/** What a list of steps means: points a thread can be at, and the edges that lead from one to the next. */
import { Relations } from './relation.ts';
import { returnedNames } from './returns.ts';
import type { IdSet } from './sets.ts';
import type { LockKind } from './shape.ts';
import { type AnyItem, element, isListed, type LockMode } from './step.ts';
import { runWeakened } from './weaken.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What an edge does. A fold runs a program of its own from its start to its end in one transition. */
export type Operation =
  | { readonly kind: 'step'; readonly run: AnyFunction; readonly sets: readonly IdSet[] }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: string; readonly mode: LockMode }
  | { readonly kind: 'fold'; readonly program: Program };

/** One way to go on from a point. */
export interface Edge {
  /** The label in every trace: the function's name. */
  readonly label: string;
  readonly operation: Operation;
  /** The point after it, when the step returns nothing. */
  readonly next: number;
  /** The point after it, when the step returns `exit`; -1 when its source never does. */
  readonly exit: number;
  /** The points it may go to, by the step it returns. */
  readonly goto: ReadonlyMap<unknown, number>;
  /** Its place among `elements`; -1 where the tool added it (a release on the way out). */
  readonly element: number;
  /** Whether it was marked `fair`. */
  readonly fair: boolean;
}

/** The meaning of one thread's list, or of a folded one. Point 0 is the start. */
export interface Program {
  readonly thread: string;
  /** The edges from each point; only the end of a `once` list or of a fold has none. */
  readonly points: readonly (readonly Edge[])[];
  /** Names of the elements as written, in reading order. */
  readonly elements: readonly string[];
  /** Locks held at each point that keep their holder from sleeping. */
  readonly held: readonly (readonly string[])[];
  /** The point of a function that has returned: 0 for a thread that starts again. */
  readonly end: number;
  /** Of a fold: the point after an `exit` that returns from the function around it; -1 when there is none. */
  readonly exited: number;
  /**
   * What each step is to a thread at each point: `here` when the thread may take it next, `ahead` when it still stands before the thread
   * (the next one included), `passed` when it stands behind.
   */
  readonly relations: Relations;
  /** Every step that a thread which begins has before it. */
  readonly steps: ReadonlySet<unknown>;
}

/** The state's locks and their kinds. */
export type LockKinds = Readonly<Record<string, LockKind>>;

/** A lock held between two edges of a list: one `holding`, as an object of its own. */
interface Region {
  readonly lock: string;
  readonly mode: LockMode;
}

interface Node {
  label: string;
  operation: Operation;
  next: Place;
  exit: Place;
  element: number;
  /** What a goto may name: the element, and the function inside it. */
  names: readonly unknown[];
  scope: Scope | undefined;
  regions: readonly Region[];
  /** Names of steps that its source returns; `exit` among them when it may leave. */
  returns: ReadonlySet<string>;
  fair: boolean;
}

/** A point under construction: its own nodes, and other places whose nodes it offers too. */
interface Place {
  nodes: Node[];
  also: Place[];
  regions: readonly Region[];
}

/** A called function: where a goto looks for its target first. */
interface Scope {
  parent: Scope | undefined;
  nodes: Node[];
}

interface Context {
  scope: Scope;
  regions: readonly Region[];
  exit: Place;
  fair?: boolean;
  weakened?: boolean;
}

/**
 * Compiles a thread's list.
 * @param place what error sentences start with, such as `dirty-log/no-flush`.
 * @throws Error with a sentence that names the place and what does not fit.
 */
export function compile(place: string, thread: string, list: AnyItem, lockKinds: LockKinds): Program {
  const items = Array.isArray(list) ? list : [list];
  const [only] = items;
  const composite = items.length === 1 && isListed(only) ? only[element] : undefined;
  const compiler = new Compiler(place, thread, lockKinds);
  const [start, end] = compiler.places([]);
  if (composite?.kind !== 'once') return compiler.program(items, start, start, start);
  return compiler.program(composite.items, start, end, end);
}

/** The name a step or element goes by in traces. */
export function stepName(step: unknown): string {
  const inner = innermost(step);
  return typeof inner === 'function' ? inner.name : '';
}

/** The function that runs first in an element. */
export function innermost(item: unknown): unknown {
  if (Array.isArray(item)) return innermost(item[0]);
  if (!isListed(item)) return item;
  const composite = item[element];
  if (composite.kind === 'quantified') return composite.step;
  if (composite.kind === 'fair') return innermost(composite.step);
  if (composite.kind === 'weakened') return innermost(composite.item);
  if (composite.kind === 'either') return innermost(composite.branches[0]);
  return 'items' in composite ? innermost(composite.items) : undefined;
}

/** How taking and releasing a lock is labelled, in the kernel's words. */
export function lockLabel(word: 'lock' | 'unlock', lock: string, mode: LockMode, kind: LockKind): string {
  const family = { spinlock: 'spin', rwlock: mode, mutex: 'mutex' }[kind];
  return `${family}_${word}(${lock})`;
}

class Compiler {
  readonly elements: string[];
  readonly place: string;
  readonly thread: string;
  readonly lockKinds: LockKinds;

  constructor(place: string, thread: string, lockKinds: LockKinds, elements: string[] = []) {
    this.place = place;
    this.thread = thread;
    this.lockKinds = lockKinds;
    this.elements = elements;
  }

  program(items: readonly AnyItem[], start: Place, end: Place, exit: Place): Program {
    const { regions } = start;
    const before = this.elements.length;
    this.sequence(items, start, end, { scope: { parent: undefined, nodes: [] }, regions, exit });
    if (this.elements.length === before) this.fail('has an empty list; a thread needs at least one step');
    return this.number(start, end, exit);
  }

  fail(what: string): never {
    throw new Error(`${this.place}: ${this.thread} ${what}`);
  }

  sequence(items: readonly AnyItem[], from: Place, after: Place, context: Context): void {
    if (items.length === 0) from.also.push(after);
    let at = from;
    items.forEach((item, i) => {
      const next = i === items.length - 1 ? after : this.places(context.regions)[0];
      this.item(item, at, next, context);
      at = next;
    });
  }

  item(item: AnyItem, from: Place, after: Place, context: Context): void {
    if (Array.isArray(item)) {
      const scope: Scope = { parent: context.scope, nodes: [] };
      this.sequence(item, from, after, { ...context, scope, exit: after });
      return;
    }
    if (!isListed(item)) {
      if (typeof item !== 'function') {
        this.fail(`lists ${String(item)}, which is neither a step nor made by a word of the notation`);
      }
      this.step(item, { kind: 'step', run: item as AnyFunction, sets: [] }, from, after, context);
      return;
    }
    const composite = item[element];
    switch (composite.kind) {
      case 'quantified': {
        const run = composite.step as AnyFunction;
        this.step(item, { kind: 'step', run, sets: composite.sets }, from, after, context);
        return;
      }
      case 'fair': {
        const { step } = composite;
        if (typeof step !== 'function' && !['quantified', 'atomically'].includes(step[element].kind))
          this.fail(`has fair(...) around something else than a step; write it around its first step`);
        this.item(step, from, after, { ...context, fair: true });
        return;
      }
      case 'weakened':
        this.item(composite.item, from, after, { ...context, weakened: true });
        return;
      case 'atomically': {
        const [start, end, exit] = this.places(context.regions);
        // The steps inside count as elements too: one that never runs is as suspicious there as anywhere.
        const at = this.elements.push(stepName(item)) - 1;
        const program = new Compiler(this.place, this.thread, this.lockKinds, this.elements).program(
          composite.items,
          start,
          end,
          exit,
        );
        this.step(item, { kind: 'fold', program }, from, after, context, at);
        return;
      }
      case 'either':
        if (composite.branches.length === 0) this.fail('has an either(...) without branches; give it at least one');
        for (const branch of composite.branches) this.sequence(branch, from, after, context);
        return;
      case 'holding':
        this.holding(composite, from, after, context);
        return;
      case 'cond_resched': {
        const { lock, mode } = composite;
        const region = context.regions.find((each) => each.lock === lock);
        if (region === undefined) this.fail(`has cond_resched(${lock}) where it does not hold it`);
        if (region.mode !== mode) this.fail(`has cond_resched(${lock}) for ${mode}, and holds it for ${region.mode}`);
        const outside = { ...context, regions: context.regions.filter((each) => each !== region) };
        const [between] = this.places(outside.regions);
        const yields = `cond_resched(${lock})`;
        this.lock('unlock', region, yields, this.elements.push(yields) - 1, from, between, context);
        this.lock('lock', region, lockLabel('lock', lock, mode, this.kindOf(lock)), -1, between, after, outside);
        from.also.push(after);
        return;
      }
      case 'once':
        this.fail('has once(...) inside its list; it may only stand around the whole of it');
    }
  }

  holding(
    { lock, mode, items }: { lock: string; mode: LockMode; items: readonly AnyItem[] },
    from: Place,
    after: Place,
    context: Context,
  ): void {
    const kind = this.kindOf(lock);
    if (kind !== 'rwlock' && mode === 'read') this.fail(`takes the ${kind} ${lock} for reading; declare it rwlock`);
    const spinning = this.spinning(context.regions);
    if (kind === 'mutex' && spinning.length > 0)
      this.fail(
        `takes the mutex ${lock}, for which it may sleep, while it holds ${spinning.join(', ')}; take it first`,
      );
    if (context.regions.some((each) => each.lock === lock)) this.fail(`takes ${lock} while it holds it`);
    const region: Region = { lock, mode };
    const within = { ...context, regions: [...context.regions, region] };
    const [body, release, leave] = this.places(within.regions);
    const taking = lockLabel('lock', lock, mode, kind);
    const releasing = lockLabel('unlock', lock, mode, kind);
    this.lock('lock', region, taking, this.elements.push(taking) - 1, from, body, context);
    this.sequence(items, body, release, { ...within, exit: leave });
    this.lock('unlock', region, releasing, this.elements.push(releasing) - 1, release, after, within);
    this.lock('unlock', region, releasing, -1, leave, context.exit, within);
  }

  places(regions: readonly Region[]): [Place, Place, Place] {
    const place = (): Place => ({ nodes: [], also: [], regions });
    return [place(), place(), place()];
  }

  kindOf(lock: string): LockKind {
    return this.lockKinds[lock] ?? this.fail(`takes ${lock}, which is no lock of the state`);
  }

  /** Names of the locks among these whose holder must not sleep. */
  spinning(regions: readonly Region[]): string[] {
    return regions.map(({ lock }) => lock).filter((lock) => this.kindOf(lock) !== 'mutex');
  }

  lock(
    word: 'lock' | 'unlock',
    { lock, mode }: Region,
    label: string,
    element: number,
    from: Place,
    next: Place,
    { regions, exit }: Context,
  ): void {
    const operation: Operation = { kind: word, lock, mode };
    from.nodes.push({
      label,
      operation,
      next,
      exit,
      element,
      names: [],
      scope: undefined,
      regions,
      returns: new Set(),
      fair: false,
    });
  }

  step(
    item: AnyItem,
    written: Operation,
    from: Place,
    next: Place,
    { scope, regions, exit, fair = false, weakened = false }: Context,
    at?: number,
  ): void {
    const operation = weakened && written.kind === 'step' ? { ...written, run: runWeakened(written.run) } : written;
    const label = stepName(item);
    if (label === '') this.fail('lists a step without a name; write it as a named function');
    const names = [item, innermost(item)];
    const element = at ?? this.elements.push(label) - 1;
    const returns = this.returns(label, operation);
    const made: Node = { label, operation, next, exit, element, names, scope, regions, returns, fair };
    scope.nodes.push(made);
    from.nodes.push(made);
  }

  returns(label: string, operation: Operation): ReadonlySet<string> {
    if (operation.kind === 'fold') return new Set(operation.program.exited >= 0 ? ['exit'] : []);
    const names = operation.kind === 'step' ? returnedNames(operation.run) : undefined;
    return names ?? this.fail(`has the step ${label}, whose source cannot be read; write it as a function`);
  }

  /** Gives every set of nodes that a thread can stand before a number, and every node its edge. */
  number(start: Place, end: Place, exit: Place): Program {
    const ids = new Map<Node, number>();
    const numbers = new Map<string, number>();
    const points: { nodes: readonly Node[]; regions: readonly Region[] }[] = [];
    const pointOf = (place: Place): number => {
      const nodes = offered(place);
      if (place !== end && place.also.some((other) => reaches(other, end))) {
        this.fail('ends with an optional branch; put it before the last step');
      }
      for (const node of nodes) if (!ids.has(node)) ids.set(node, ids.size);
      // A thread that comes back to its first step is still inside its function; one that has not begun, or returned, is not.
      const own = place === start ? 'start ' : place === exit && exit !== end ? 'exit ' : '';
      const key = own + nodes.map((node) => ids.get(node)).join(' ');
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, points.length);
      points.push({ nodes, regions: place.regions });
      return points.length - 1;
    };
    pointOf(start);
    const edges: Edge[][] = [];
    for (let at = 0; at < points.length; at++) {
      const { nodes } = points[at] as { nodes: readonly Node[] };
      edges.push(nodes.map((node) => this.edge(node, pointOf)));
      const labels = nodes.map((node) => node.label);
      const twice = labels.find((label, i) => labels.indexOf(label) !== i);
      if (twice) this.fail(`has two ways to go on that both start with ${twice}; nothing tells them apart`);
    }
    const after = reachable([...ids.keys()], end);
    const steps = ({ names, operation }: Node): unknown[] =>
      operation.kind === 'fold' ? [...names, ...operation.program.steps] : [...names];
    const ahead = points.map(
      ({ nodes }) => new Set(nodes.flatMap((node) => [...(after.get(node) ?? [])]).flatMap(steps)),
    );
    return {
      thread: this.thread,
      points: edges,
      elements: this.elements,
      held: points.map(({ regions }) => this.spinning(regions)),
      end: pointOf(end),
      exited: numbers.get('exit ') ?? -1,
      relations: new Relations({
        here: points.map(({ nodes }) => new Set(nodes.flatMap((node) => node.names))),
        ahead,
        passed: points.map(({ nodes }, at) => {
          const behind = [...ids.keys()].filter((node) =>
            followers(node, end).some((then) => nodes.some((each) => after.get(then)?.has(each))),
          );
          return new Set(at === 0 ? [] : behind.flatMap(steps));
        }),
      }),
      steps: new Set(ahead.flatMap((each) => [...each])),
    };
  }

  edge(node: Node, pointOf: (place: Place) => number): Edge {
    const goto = new Map<unknown, number>();
    for (const name of node.returns) {
      if (name === 'blocked' || name === 'exit' || name === 'undefined') continue;
      const target = this.target(node, name);
      const point = pointOf({ nodes: [target], also: [], regions: target.regions });
      for (const each of target.names) goto.set(each, point);
    }
    const exit = node.returns.has('exit') ? pointOf(node.exit) : -1;
    return {
      label: node.label,
      operation: node.operation,
      next: pointOf(node.next),
      exit,
      goto,
      element: node.element,
      fair: node.fair,
    };
  }

  target(from: Node, name: string): Node {
    for (let scope = from.scope; scope; scope = scope.parent) {
      const found = scope.nodes.filter((node) => node.label === name);
      if (found.length > 1)
        this.fail(`lists ${name} twice, and ${from.label} goes on with it; name the two differently`);
      const [target] = found;
      if (target === undefined) continue;
      if (
        target.regions.length !== from.regions.length ||
        target.regions.some((region, i) => region !== from.regions[i])
      ) {
        this.fail(`goes from ${from.label} to ${name} across the edge of a holding(...); leave with exit`);
      }
      return target;
    }
    return this.fail(
      `lists ${from.label}, which returns ${name}, and ${name} is not in the list; a step returns blocked, exit, or a step of its list by name`,
    );
  }
}

/** The nodes a thread at a place can go on with. */
function offered(place: Place, seen = new Set<Place>()): Node[] {
  if (seen.has(place)) return [];
  seen.add(place);
  return [...new Set([...place.nodes, ...place.also.flatMap((other) => offered(other, seen))])];
}

function reaches(place: Place, end: Place): boolean {
  return place === end || place.also.some((other) => reaches(other, end));
}

/** The nodes that may come right after one in the same run of the function, gotos apart. */
function followers({ next, exit, returns }: Node, end: Place): Node[] {
  const places = returns.has('exit') ? [next, exit] : [next];
  return places.filter((place) => place !== end).flatMap((place) => offered(place));
}

/** Per node, itself and all nodes that may follow it before the function ends. */
function reachable(nodes: readonly Node[], end: Place): Map<Node, Set<Node>> {
  const result = new Map<Node, Set<Node>>();
  for (const from of nodes) {
    const seen = new Set<Node>([from]);
    for (const node of seen) for (const then of followers(node, end)) seen.add(then);
    result.set(from, seen);
  }
  return result;
}
