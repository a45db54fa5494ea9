/** A variant at given bounds: the state's parts in full, every thread's program, every action. */
import type { Initial, Model } from './model.ts';
import type { LeafPart, LockPart, Part, StructPart, ThreadPart, ThreadsPart } from './parts.ts';
import { compile, type Edge, type LockKinds, type Program } from './program.ts';
import {
  type ArrayShape,
  inMemory,
  kind,
  type Leaf,
  type LockKind,
  type LockShape,
  type MemoryUse,
  type Shape,
  type Struct,
  type ThreadShape,
} from './shape.ts';
import { type IdSet, range } from './sets.ts';
import { running } from './running.ts';
import { type AnyItem, blocked, fair, element, forAny, isListed } from './step.ts';
import {
  type BufferPlan,
  defaultDepth,
  type MemoryOrder,
  memoryOrders,
  planBuffers,
  storeBuffer,
} from './store-buffer.ts';

/** A variant at given bounds. */
export interface Instance {
  readonly model: Model<never>;
  /** As it was asked for. */
  readonly variant: string;
  /** The name under which the model has it. */
  readonly base: string;
  /** `model/variant`. */
  readonly name: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly root: StructPart;
  readonly threads: readonly ThreadPart[];
  readonly actions: readonly Edge[];
  readonly initial: readonly Initial<never>[];
  readonly memory: MemoryOrder;
  /** Its store buffers, unless the memory order is `sc`. */
  readonly buffers: BufferPlan | undefined;
}

/** The largest size of a set, and the largest value of an `upTo`. */
export const largestSet = 4096;
const largestValue = 1 << 20;

/** A variant's name without the memory order that it is to be taken under: `mmu-lock@tso` is `mmu-lock` under `tso`. */
export function orderIn(variant: string): { readonly base: string; readonly order: MemoryOrder | undefined } {
  const [, base = variant, order] = new RegExp(`^(.+)@(${memoryOrders.join('|')})$`).exec(variant) ?? [];
  return { base, order: order as MemoryOrder | undefined };
}

/**
 * Instantiates a variant.
 * @param variant its name, and after an @ the memory order when it is not the variant's own.
 * @param overrides bounds that replace the model's and the variant's defaults.
 * @throws Error with a sentence that names the place: an unknown variant or bound, a bound out of range, a list that does not compile.
 */
export function instantiate(
  model: Model<never>,
  variant: string,
  overrides: Readonly<Record<string, number>> = {},
): Instance {
  const name = `${model.name}/${variant}`;
  const { base, order } = orderIn(variant);
  const source = Object.hasOwn(model.variants, base) ? model.variants[base] : undefined;
  if (source === undefined) {
    throw new Error(`${model.name} has no variant ${base}; it has ${Object.keys(model.variants).join(', ')}`);
  }
  const memory = order ?? source.memoryOrder ?? 'sc';
  const depth: Record<string, number> = memory === 'sc' ? {} : { [storeBuffer]: defaultDepth };
  const bounds = boundsOf(name, { ...model.bounds, ...depth, ...source.bounds }, overrides);
  const lockKinds: Record<string, LockKind> = {};
  const programs: Record<string, Program> = {};
  for (const [field, shape] of Object.entries(model.state)) {
    if (isLock(shape)) lockKinds[field] = shape[kind];
  }
  for (const [field, shape] of Object.entries(model.state)) {
    if (!isThread(shape)) continue;
    const list = source[field] as AnyItem | undefined;
    if (list === undefined) throw new Error(`${name}: thread ${field} has no list of steps; give it one`);
    programs[field] = compile(name, field, list, lockKinds);
    checkSets({ name, bounds }, programs[field] as Program);
  }
  for (const field of Object.keys(source)) {
    if (!(field in programs) && !['actions', 'initial', 'bounds', 'memoryOrder'].includes(field)) {
      throw new Error(
        `${name}: ${field} is no thread of the state; its threads are ${Object.keys(programs).join(', ') || 'none'}`,
      );
    }
  }
  const builder: Builder = { name, bounds, programs, threads: [], threadCount: 0, inMemory: false };
  for (const [field, shape] of Object.entries(model.state)) {
    if (isThread(shape)) builder.threadCount += sizeOf(builder, shape.index, field);
  }
  const fields: Record<string, Part> = {};
  for (const [field, shape] of Object.entries(model.state)) fields[field] = part(builder, shape, field, true);
  const buffers =
    memory === 'sc' ? undefined : planBuffers(memory, bounds[storeBuffer] as number, name, builder.threads, fields);
  if (buffers) fields[storeBuffer] = buffers.part;
  const items = [...(source.actions ?? (model.actions as readonly AnyItem[])), ...commits(buffers)];
  const actions = items.map((item, i) => action({ name, bounds }, item, i, lockKinds));
  const initial = (source.initial ?? model.initial) as readonly Initial<never>[];
  checkNames(
    name,
    'actions',
    actions.map(({ label }) => label),
  );
  if (initial.length > 1)
    checkNames(
      name,
      'initial states',
      initial.map((make) => make.name),
    );
  return {
    model,
    variant,
    base,
    name,
    bounds,
    root: { kind: 'struct', path: '', fields },
    threads: builder.threads,
    actions,
    initial,
    memory,
    buffers,
  };
}

/** What makes a store visible that waits in a buffer: an action for each thread, of a hardware that does not put it off for ever. A slot is only told where stores may pass each other. */
function commits(plan: BufferPlan | undefined): AnyItem[] {
  if (plan === undefined) return [];
  return plan.threads.map((thread, number) => {
    const commit = (_: unknown, slot = 0) => {
      if (!running.buffers?.commit(number, slot)) return blocked;
    };
    Object.defineProperty(commit, 'name', { value: `commit_${thread}` });
    return fair((plan.order === 'tso' ? commit : forAny(range(storeBuffer), commit)) as never) as AnyItem;
  });
}

/** What has bounds, and a name for errors. */
interface Sized {
  readonly name: string;
  readonly bounds: Readonly<Record<string, number>>;
}

/** The size of a set. @throws Error when it has no bound. */
function sizeOf({ name, bounds }: Sized, set: IdSet, where: string): number {
  const size = bounds[set.name];
  if (size === undefined)
    throw new Error(`${name}: ${where} uses the set ${set.name}, which has no bound; add it to bounds`);
  return size;
}

interface Builder {
  name: string;
  bounds: Readonly<Record<string, number>>;
  programs: Readonly<Record<string, Program>>;
  threads: ThreadPart[];
  threadCount: number;
  /** Of the part that is built, what `memory(…)` around it says. */
  inMemory: MemoryUse | false;
}

function boundsOf(
  name: string,
  defaults: Readonly<Record<string, number>>,
  overrides: Readonly<Record<string, number>>,
): Record<string, number> {
  const bounds = { ...defaults };
  for (const [set, size] of Object.entries(overrides)) {
    if (!Object.hasOwn(defaults, set)) {
      throw new Error(`${name} has no bound ${set}; its bounds are ${Object.keys(defaults).join(', ') || 'none'}`);
    }
    bounds[set] = size;
  }
  for (const [set, size] of Object.entries(bounds)) {
    if (!Number.isInteger(size) || size < 1 || size > largestSet) {
      throw new Error(`${name}: bound ${set}=${size} must be a whole number from 1 to ${largestSet}`);
    }
  }
  return bounds;
}

function shapeKind(shape: Shape): string | undefined {
  return (shape as { [kind]?: string })[kind];
}

function isLock(shape: Shape): shape is LockShape {
  return ['spinlock', 'rwlock', 'mutex'].includes(shapeKind(shape) ?? '');
}

function isThread(shape: Shape): shape is ThreadShape {
  return shapeKind(shape) === 'thread';
}

function part(builder: Builder, shape: Shape, path: string, top: boolean, local = false): Part {
  const outer = builder.inMemory;
  builder.inMemory = (shape as { [inMemory]?: MemoryUse | false })[inMemory] ?? outer;
  const made = partOf(builder, shape, path, top, local);
  builder.inMemory = outer;
  return made;
}

function partOf(builder: Builder, shape: Shape, path: string, top: boolean, local: boolean): Part {
  if (isLock(shape) || isThread(shape)) {
    if (!top)
      throw new Error(
        `${builder.name}: ${path} is a ${shape[kind]} inside another part; declare it at the top of the state`,
      );
    return isLock(shape) ? lock(builder, shape, path) : threads(builder, shape, path);
  }
  const what = shapeKind(shape);
  if (what === undefined) return { kind: 'struct', path, fields: fieldsOf(builder, shape as Struct, path, local) };
  if (what === 'array') {
    const { index, element: each, pool } = shape as ArrayShape;
    const elements = Array.from({ length: sizeOf(builder, index, path) }, (_, i) =>
      // A row among a thread's locals is zero, not `none`, outside its life.
      part(builder, each, `${path}[${i}]`, false, false),
    );
    return { kind: 'array', path, index, pool, elements };
  }
  return leaf(builder, shape as Leaf, path, local);
}

function fieldsOf(builder: Builder, fields: Struct, path: string, local: boolean): Record<string, Part> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, shape]) => {
      const made = part(builder, shape, `${path}.${field}`, false, local);
      const inWord = made.kind === 'leaf' && made.memory && builder.inMemory && builder.inMemory.word?.includes(field);
      return [field, inWord ? { ...made, word: path } : made];
    }),
  );
}

function leaf(builder: Builder, shape: Leaf, path: string, local: boolean): LeafPart {
  const type = shape[kind];
  const memory = builder.inMemory !== false;
  const writer = builder.inMemory ? builder.inMemory.writer : undefined;
  if (memory && local)
    throw new Error(`${builder.name}: ${path} is a local in memory(…); nobody else can see it: declare it without`);
  const common = { kind: 'leaf', type, path, local, memory, writer, names: shape.names ?? [], set: shape.set } as const;
  switch (type) {
    case 'bool':
    case 'bit':
      return { ...common, low: 0, high: 1 };
    case 'oneOf':
      return { ...common, low: 0, high: common.names.length - 1 };
    case 'upTo': {
      const { max } = shape;
      const high = typeof max === 'number' ? max : sizeOf(builder, max as IdSet, path);
      if (!Number.isInteger(high) || high < 1 || high > largestValue) {
        throw new Error(
          `${builder.name}: ${path} is upTo(${high}); the largest value is a whole number from 1 to ${largestValue}`,
        );
      }
      return { ...common, low: 0, high };
    }
    default: {
      const size = sizeOf(builder, shape.set as IdSet, path);
      return { ...common, low: type === 'pointer' ? -1 : 0, high: size - 1 };
    }
  }
}

function lock(builder: Builder, shape: LockShape, path: string): LockPart {
  const common = { kind: 'leaf', local: false, memory: false, names: [], set: undefined, low: 0 } as const;
  const readers = shape[kind] === 'rwlock' ? builder.threadCount : 0;
  return {
    kind: 'lock',
    path,
    type: shape[kind],
    owner: { ...common, type: 'upTo', path: `${path}.owner`, high: Math.max(1, builder.threadCount) },
    readers: Array.from({ length: readers }, (_, i) => ({
      ...common,
      type: 'bit',
      path: `${path}.readers[${i}]`,
      high: 1,
    })),
  };
}

function threads(builder: Builder, shape: ThreadShape, path: string): ThreadsPart {
  const program = builder.programs[path] as Program;
  const elements = Array.from({ length: sizeOf(builder, shape.index, path) }, (_, id): ThreadPart => {
    const own = `${path}${id}`;
    const common = { kind: 'leaf', type: 'point', local: false, memory: false, names: [], set: undefined } as const;
    const made: ThreadPart = {
      kind: 'thread',
      path: own,
      row: path,
      id,
      number: builder.threads.length,
      program,
      point: { ...common, path: `${own}.point`, low: 0, high: Math.max(1, program.points.length - 1) },
      fields: fieldsOf(builder, shape.locals, own, true),
    };
    for (const taken of ['id', 'point']) {
      if (Object.hasOwn(made.fields, taken))
        throw new Error(
          `${builder.name}: a local of ${path} is called ${taken}, as the notation calls something of every thread; choose another name`,
        );
    }
    builder.threads.push(made);
    return made;
  });
  return { kind: 'threads', path, index: shape.index, elements };
}

function action(sized: Sized, item: AnyItem, at: number, lockKinds: LockKinds): Edge {
  const composite = isListed(item) ? item[element] : undefined;
  if (typeof item !== 'function' && composite?.kind !== 'quantified' && composite?.kind !== 'fair') {
    throw new Error(
      `${sized.name}: action ${at + 1} is neither a function nor forAny(…, function), nor one of them fair`,
    );
  }
  const program = compile(sized.name, 'actions', item, lockKinds);
  checkSets(sized, program);
  const edge = program.points[0]?.[0] as Edge;
  if (edge.goto.size > 0 || edge.exit >= 0) {
    throw new Error(
      `${sized.name}: action ${edge.label} returns exit or another step; an action returns blocked or nothing`,
    );
  }
  return { ...edge, element: -1 };
}

/** Every set that a step is quantified over has a bound. */
function checkSets(sized: Sized, program: Program): void {
  for (const { label, operation } of program.points.flat()) {
    if (operation.kind === 'fold') checkSets(sized, operation.program);
    if (operation.kind === 'step') for (const set of operation.sets) sizeOf(sized, set, `step ${label}`);
  }
}

/** A trace names what it takes, so names tell apart. */
function checkNames(place: string, what: string, names: readonly string[]): void {
  if (names.includes('')) throw new Error(`${place}: one of its ${what} has no name; write it as a named function`);
  const seen = new Set<string>();
  const twice = names.find((each) => seen.size === seen.add(each).size);
  if (twice !== undefined) throw new Error(`${place}: two of its ${what} are called ${twice}; name them differently`);
}
