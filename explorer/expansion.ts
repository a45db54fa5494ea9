/**
 * The generated part of a machine: a state's transitions written out for one instance. Each step is called from a place of its own,
 * with the members of its sets in loops around it, at the points where its thread may take it.
 */
import {
  blocked,
  buffersOf,
  type Edge,
  type Instance,
  type LeafPart,
  localsOf,
  looksFirst,
  outcome,
  outOfRange,
  type Program,
  running,
  StepFailure,
  type ThreadPart,
  type ThreadsPart,
  zeroOf,
} from '#notation';
import { groupsSource, rangeSource, unpackSource, wordSources } from './codec.ts';
import { type Lane, type Layout, laneValue, outOfRangeLane, type Vector } from './layout.ts';
import { kindSource } from './transition-kind.ts';
import { type Batch, batchOf, batchSize, noParent } from './visited.ts';

/** What a machine tells while it expands a state. */
export interface Listener {
  /** The batch is full, or asked for: take its states and empty it. */
  flush(batch: Batch): void;
  /** A transition of the state that is expanded failed; it has no successor. */
  failed(error: unknown): void;
  /** A transition of the state that is expanded met a WARN_ON_ONCE whose condition was true. */
  warned(message: string): void;
  /** Where transitions are numbered: a fold ran these elements of its thread's list. */
  folded?(elements: readonly number[]): void;
}

/** What coverage is counted by: an element of a thread's list, or an action. */
export interface Element {
  /** The row of threads, or `actions`, or `store_buffer` for what makes the stores of a thread visible. */
  readonly row: string;
  readonly label: string;
}

/** What the generated code runs on. */
export interface Environment {
  readonly vector: Vector;
  readonly root: object;
  readonly threads: readonly object[];
  readonly elements: readonly Element[];
  readonly fired: Float64Array;
  readonly listener: Listener;
  /** Runs an edge with whatever choices it makes. */
  readonly general: (thread: ThreadPart | undefined, edge: Edge, element: number) => void;
}

/** The generated functions. `emit` packs the working vector as a successor of the loaded state and restores it. */
export interface Generated {
  load(arena: Int32Array, index: number): void;
  /** Whether the working vector differs from the loaded state. */
  dirty(): boolean;
  restore(): void;
  /** Of a numbered transition its number stands for the element. */
  emit(element: number): void;
  expand(): number;
  flush(): void;
  start(words: Int32Array): void;
  /** Packs the working vector. */
  words(out: Int32Array): void;
  transitions(): number;
  countFailed(element: number): void;
}

/**
 * Generates and compiles the code for one instance.
 * @param numbers when given, the batch gets every transition, those too that lead back to where they start or that fail, with its
 *   number in place of its parent: see `numbered`.
 */
export function generate(
  instance: Instance,
  layout: Layout,
  environment: Environment,
  numbers?: ReadonlyMap<Edge, number>,
): Generated {
  const edges: Edge[] = [];
  const writer = new Writer(instance, layout, environment.elements, edges, numbers);
  const body = writer.body();
  const choosy: boolean[] = edges.map(() => false);
  const { words: width, groups } = layout;
  const words = Array.from({ length: width }, (_, i) => i);
  const source = `
    'use strict';
    const { vector: { bytes: V8, ints: V32 }, root: S, threads: T, fired, listener, general, batch, threadParts, edges, choosy, running, blocked, outcome, wrote, badRange, choiceMet, buffersOf } = env;
    const B32 = new Int32Array(V32.length), outcomes = running.outcomes, M = S[buffersOf];
    const { words: bw, parents: bp } = batch;
    ${edges.map((_, i) => `const E${i} = edges[${i}], F${i} = E${i}.operation.run;`).join('\n')}
    ${words.map((i) => `let p${i} = 0;`).join(' ')}
    let parent = 0, n = 0, transitions = 0;
    function load(arena, index) {
      parent = index;
      const at = index * ${width};
      ${words.map((i) => `p${i} = arena[at + ${i}];`).join(' ')}
      ${unpackSource(layout)}
    }
    function dirty() { running.warning = undefined; return ${groups.map((_, group) => `V32[${group}] !== B32[${group}]`).join(' || ')}; }
    function restore() { V32.set(B32); }
    function flush() { batch.length = n; listener.flush(batch); n = batch.length; }
    function put(${words.map((i) => `w${i}`).join(', ')}, from) {
      if (n === ${batchSize}) flush();
      const at = n * ${width};
      ${words.map((i) => `bw[at + ${i}] = w${i};`).join(' ')}
      bp[n++] = from;
    }
    function emit(element) {
      ${groupsSource(layout)}
      if ((${rangeSource(layout)}) !== 0) throw badRange();
      ${wordSources(layout)
        .map((word, i) => `const w${i} = ${word};`)
        .join('\n')}
      ${groups.map((_, group) => `V32[${group}] = B32[${group}];`).join(' ')}
      transitions++;
      ${numbers ? '' : 'fired[element]++;'}
      if (running.warning !== undefined) { listener.warned(running.warning); running.warning = undefined; }
      ${numbers ? '' : `if (${words.map((i) => `w${i} === p${i}`).join(' && ')}) return;`}
      put(${words.map((i) => `w${i}`).join(', ')}, ${numbers ? numbered('element') : 'parent'});
    }
    function met(edge) { choosy[edge] = true; throw choiceMet; }
    const FO = running.folded;
    let tries = 0;
    function folded(first) { ${numbers ? 'if (listener.folded) listener.folded(FO);' : 'for (let i = 0; i < FO.length; i++) fired[first + FO[i]]++;'} }
    ${body}
    return {
      load, dirty, restore, emit, expand, flush,
      start(w) { put(${words.map((i) => `w[${i}]`).join(', ')}, ${noParent}); },
      words(out) { ${groupsSource(layout)} ${wordSources(layout)
        .map((word, i) => `out[${i}] = ${word};`)
        .join(' ')} },
      transitions() { return transitions; },
      countFailed(element) { transitions++; ${numbers ? `put(${words.map(() => '0').join(', ')}, ~(${numbered('element')}));` : ''} },
    };`;
  return new Function('env', source)({
    ...environment,
    batch: batchOf(width),
    threadParts: instance.threads,
    edges,
    choosy,
    running,
    blocked,
    outcome,
    buffersOf,
    wrote: wroteAndBlocked,
    choiceMet: new Error('[explorer bug] a step made a choice and nobody enumerated it'),
    badRange: () => {
      const lane = outOfRangeLane(layout, environment.vector);
      return lane
        ? outOfRange(lane.leaf, laneValue(environment.vector, lane))
        : new Error('[explorer bug] every lane is in range');
    },
  }) as Generated;
}

/** How far a fold is followed before it is left to `general`, which says what is wrong if it does not end: steps, and runs from a choice on. */
const longestUnfolded = 1000;
const mostRuns = 10_000;

class Writer {
  readonly instance: Instance;
  readonly layout: Layout;
  readonly elements: readonly Element[];
  /** Filled with every edge in the order in which the source names them. */
  readonly edges: Edge[];
  readonly numbers: ReadonlyMap<Edge, number> | undefined;
  /** The functions that run folds. */
  readonly folds: string[] = [];

  constructor(
    instance: Instance,
    layout: Layout,
    elements: readonly Element[],
    edges: Edge[],
    numbers: ReadonlyMap<Edge, number> | undefined,
  ) {
    this.instance = instance;
    this.layout = layout;
    this.elements = elements;
    this.edges = edges;
    this.numbers = numbers;
  }

  body(): string {
    const rows = Object.values(this.instance.root.fields).filter(
      (part): part is ThreadsPart => part.kind === 'threads',
    );
    const functions = rows.map((row, i) => this.row(row, i));
    const calls = rows.flatMap((row, i) =>
      row.elements.map(
        (thread) => `row${i}(T[${thread.number}], ${thread.number}, ${this.lane(thread.point).offset});`,
      ),
    );
    const first = this.elements.length - this.instance.actions.length;
    const actions = this.instance.actions.map((edge, i) => this.edge(edge, undefined, first + i));
    return `
      ${[...this.folds, ...functions].join('\n')}
      function expand() {
        const before = transitions;
        running.buffers = M;
        ${calls.join('\n')}
        const ofThreads = transitions - before;
        running.thread = -1;
        let r;
        ${actions.join('\n')}
        return ofThreads;
      }`;
  }

  row(row: ThreadsPart, at: number): string {
    const [first] = row.elements as [ThreadPart];
    const base = this.elements.findIndex((element) => element.row === row.path);
    const cases = first.program.points.map((edges, point) => {
      const code = edges.map((edge) =>
        this.edge(edge, first, edge.element < 0 ? this.elements.length : base + edge.element),
      );
      return `case ${point}: running.held = held[${point}]; ${code.join('\n')} break;`;
    });
    return `
      function row${at}(t, number, base) {
        const held = threadParts[number].program.held;
        running.thread = number;
        let r;
        switch (${this.relative(first, first.point)}) { ${cases.join('\n')} }
      }`;
  }

  edge(edge: Edge, thread: ThreadPart | undefined, counted: number): string {
    const at = this.edges.push(edge) - 1;
    const base = this.numbers?.get(edge) ?? counted;
    const generally = `general(${thread ? 'threadParts[number]' : 'undefined'}, E${at}, ${base});`;
    const element = this.numbers ? `${base} + ${kindSource(edge, !thread, this.instance.bounds)}` : base;
    const { operation } = edge;
    const go = thread
      ? `${this.relative(thread, thread.point)} = ${edge.next}; ${this.die(thread, String(edge.next))}`
      : '';
    switch (operation.kind) {
      case 'fold':
        if (thread === undefined || !this.canUnfold(operation.program)) return generally;
        this.folds.push(this.fold(edge, operation.program, at, thread, element));
        return `if (choosy[${at}]) ${generally} else { const outside = running.held; fold${at}(t, number, base); running.held = outside; }`;
      case 'lock':
        if (this.instance.buffers) return generally;
        return `if (S[${JSON.stringify(operation.lock)}].take('${operation.mode}', number)) { ${go} emit(${element}); }`;
      case 'unlock':
        if (this.instance.buffers) return generally;
        return `S[${JSON.stringify(operation.lock)}].release('${operation.mode}', number); ${go} emit(${element});`;
      case 'step': {
        const names = operation.sets.map((_, i) => `a${i}`);
        const args = ['S', ...(thread ? ['t'] : []), ...names].join(', ');
        const loops = operation.sets.map(
          (set, i) => `for (let a${i} = 0; a${i} < ${this.instance.bounds[set.name]}; a${i}++)`,
        );
        const other = thread
          ? `const point = outcome(E${at}, r); ${this.relative(thread, thread.point)} = point; ${this.die(thread, 'point')} emit(${element});`
          : `outcome(E${at}, r);`;
        return `
          if (choosy[${at}]) ${generally}
          else ${loops.join(' ')} {
            ${this.instance.buffers ? 'M.begin();' : ''}
            r = F${at}(${args});
            if (outcomes.length !== 0) met(${at});
            ${this.instance.buffers ? 'if (M.stalled) restore(); else' : ''}
            if (r === undefined) { ${go} emit(${element}); }
            else if (r === blocked) { ${looksFirst(operation.run) ? '' : 'if (dirty()) throw wrote();'} }
            else { ${other} }
          }`;
      }
    }
  }

  /** Whether a fold's steps can be written out: what is rarer stays with `general`. */
  canUnfold({ points }: Program): boolean {
    return !this.instance.buffers && points.flat().every(({ operation }) => operation.kind !== 'fold');
  }

  /**
   * A function that runs a fold once for every outcome of its choices, in the order of `general`. Where there is a choice the state is
   * kept, and put back before each further outcome; a step that chooses by itself, or a run that is too long, is left to `general`.
   */
  fold(edge: Edge, { points, end, exited }: Program, at: number, thread: ThreadPart, element: string | number): string {
    const groups = this.layout.groups.map((_, group) => group);
    const leave = (point: number) =>
      `{ ${this.relative(thread, thread.point)} = ${point}; ${this.die(thread, String(point))} emit(${element}); folded(${element} - ${edge.element}); return; }`;
    const first = this.edges.length;
    this.edges.push(...points.flat());
    const cases = points.map((edges, point) => {
      const alone =
        edges.length === 1 && edges.every(({ operation }) => operation.kind !== 'step' || operation.sets.length === 0);
      const each = edges.map((inner) => {
        const number = first + points.flat().indexOf(inner);
        return this.foldedEdge(inner, number, at, alone);
      });
      const holds = `running.held = FH${at}[${point}];`;
      if (alone) return `case ${point}: ${holds} ${each[0]}`;
      return `case ${point}: {
        const warned = running.warning, length = FO.length, ${groups.map((group) => `g${group} = V32[${group}]`).join(', ')};
        const again = () => { ${groups.map((group) => `V32[${group}] = g${group};`).join(' ')} FO.length = length; running.warning = warned; ${holds} };
        ${each.join('\n')}
        return;
      }`;
    });
    return `
      const FH${at} = E${at}.operation.program.held;
      function fold${at}(t, number, base) {
        FO.length = 0;
        tries = 0;
        run${at}(0, 0, t, number, base);
        if (dirty()) restore();
      }
      function run${at}(point, steps, t, number, base) {
        let r;
        if (++tries > ${mostRuns}) met(${at});
        for (;;) {
          if (point === ${end}) ${leave(edge.next)}
          if (point === ${exited}) ${leave(edge.exit)}
          if (++steps > ${longestUnfolded}) met(${at});
          switch (point) { ${cases.join('\n')} }
        }
      }`;
  }

  /** An edge inside a fold: what it does, and where the run goes on, or returns when it does not. */
  foldedEdge({ operation, next, element }: Edge, number: number, fold: number, alone: boolean): string {
    const count = element < 0 ? '' : `FO.push(${element});`;
    const go = (point: string) =>
      alone ? `${count} point = ${point}; continue;` : `${count} run${fold}(${point}, steps, t, number, base);`;
    const enter = alone ? '' : 'again();';
    switch (operation.kind) {
      case 'lock': {
        const take = `S[${JSON.stringify(operation.lock)}].take('${operation.mode}', number)`;
        return alone ? `if (!${take}) return; ${go(String(next))}` : `${enter} if (${take}) { ${go(String(next))} }`;
      }
      case 'unlock':
        return `${enter} S[${JSON.stringify(operation.lock)}].release('${operation.mode}', number); ${go(String(next))}`;
      case 'step': {
        const names = operation.sets.map((_, i) => `a${i}`);
        const loops = operation.sets.map(
          (set, i) => `for (let a${i} = 0; a${i} < ${this.instance.bounds[set.name]}; a${i}++)`,
        );
        return `${loops.join(' ')} {
          ${enter}
          r = F${number}(${['S', 't', ...names].join(', ')});
          if (outcomes.length !== 0) met(${fold});
          if (r === undefined) { ${go(String(next))} }
          else if (r !== blocked) { const to = outcome(E${number}, r); ${go('to')} }
          ${alone ? 'return;' : ''}
        }`;
      }
      case 'fold':
        throw new Error('[explorer bug] a fold inside a fold is not written out');
    }
  }

  /** Statements that end the life of a thread's locals when the point it moves to is the end of its function. */
  die(thread: ThreadPart, point: string): string {
    const zero = (leaf: LeafPart) => `${this.relative(thread, leaf)} = ${zeroOf(leaf)};`;
    const dying = localsOf(thread).map(zero).join(' ');
    if (dying === '' || (/^\d+$/.test(point) && Number(point) !== thread.program.end)) return '';
    return /^\d+$/.test(point) ? dying : `if (${point} === ${thread.program.end}) { ${dying} }`;
  }

  lane(leaf: LeafPart): Lane {
    return this.layout.laneOf.get(leaf) as Lane;
  }

  /** A lane of whichever thread of the row starts at `base`. */
  relative(thread: ThreadPart, leaf: LeafPart): string {
    const { offset, bytes } = this.lane(leaf);
    const at = offset - this.lane(thread.point).offset;
    return bytes === 1 ? `V8[base + ${at}]` : `V32[(base + ${at}) >> 2]`;
  }
}

/** The number of a transition, as an expression: that of its edge, in front of its thread's. */
function numbered(edge: string): string {
  return `${edge} * (threadParts.length + 1) + running.thread + 1`;
}

/** The failure of a step that changed the state and then said that it is not enabled. */
export function wroteAndBlocked(): StepFailure {
  return new StepFailure('throws', 'wrote to the state and then returned blocked; a step looks before it writes');
}
