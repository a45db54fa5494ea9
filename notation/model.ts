/** A model: a state, what the hardware does to it, and the orders in which threads may do what they do. */
import type { IdSet } from './sets.ts';
import type { LocksOf, SetsOf, StateOf, Struct, ThreadsOf } from './shape.ts';
import type { KernelSource } from './source.ts';
import type { Action, AnyItem, Item } from './step.ts';
import { type MemoryOrder, storeBuffer } from './store-buffer.ts';
import { checkFunction, checkList, checkObject, checkState, checkText } from './well-made.ts';

/** A state that a run may start from, made from the zero state. Its name is its label. */
export type Initial<State> = (state: State) => void;

/** One variant: a list of steps for each thread of the state, and what differs from the model. */
export type Variant<Fields extends Struct> = {
  readonly [Name in ThreadsOf<Fields>]: Item<StateOf<Fields>, ThreadIn<Fields, Name>, LocksOf<Fields>>;
} & VariantExtras<Fields>;

interface VariantExtras<Fields extends Struct> {
  /** In place of the model's. */
  readonly actions?: readonly Action<StateOf<Fields>>[];
  /** In place of the model's. */
  readonly initial?: readonly Initial<StateOf<Fields>>[];
  /** Default bounds that differ from the model's. */
  readonly bounds?: Partial<Readonly<Record<SetsOf<Fields>, number>>>;
  /** The memory order that it is about, and its verdict is for; `sc` when there is none. */
  readonly memoryOrder?: MemoryOrder;
}

type ThreadIn<Fields extends Struct, Name> = Name extends keyof StateOf<Fields>
  ? StateOf<Fields>[Name] extends Iterable<infer Each>
    ? Each
    : never
  : never;

/** What `model` takes. */
export interface ModelSource<Fields extends Struct, Variants> {
  /** Its name on the command line: lower case, digits, dashes. */
  readonly name: string;
  /** One sentence for lists. */
  readonly about: string;
  /** The kernel source that it is of, for `show --context`. */
  readonly source?: KernelSource;
  readonly state: Fields;
  /** The default size of every set of the state, 1 to 4096. */
  readonly bounds: Readonly<Record<SetsOf<Fields>, number>>;
  /** Symmetric sets whose members this model tells apart all the same, so that states cannot be taken up to their numbering. */
  readonly ordered?: readonly IdSet[];
  /** What may happen at any time without a thread of the model: hardware, userspace. */
  readonly actions?: readonly Action<StateOf<Fields>>[];
  /** Where runs start; the zero state when there is none. */
  readonly initial?: readonly Initial<StateOf<Fields>>[];
  readonly variants: Variants;
}

/** A model as the tool sees it. */
export interface Model<State = unknown, VariantName extends string = string> {
  readonly name: string;
  readonly about: string;
  readonly source: KernelSource | undefined;
  readonly state: Struct;
  readonly bounds: Readonly<Record<string, number>>;
  readonly ordered: readonly IdSet[];
  readonly actions: readonly Action<State>[];
  readonly initial: readonly Initial<State>[];
  readonly variants: Readonly<Record<VariantName, AnyVariant>>;
}

/** A variant whose types are not known any more. */
export interface AnyVariant {
  readonly actions?: readonly AnyItem[];
  readonly initial?: readonly Initial<never>[];
  readonly bounds?: Readonly<Record<string, number>>;
  readonly memoryOrder?: MemoryOrder;
  readonly [thread: string]: unknown;
}

const wellNamed = /^[a-z0-9][a-z0-9/-]*$/;
/** Names a thread cannot have, because a variant means something else by them. */
const notThreads = ['actions', 'initial', 'bounds', 'memoryOrder', storeBuffer];

/**
 * Declares a model. Lists and bounds are checked when a variant is instantiated; here only what needs no bounds is.
 * @throws Error with a sentence, when a name would not work on the command line.
 */
export function model<const Fields extends Struct, const Variants extends Readonly<Record<string, Variant<Fields>>>>(
  source: ModelSource<Fields, Variants>,
): Model<StateOf<Fields>, keyof Variants & string> {
  const { name, about, source: of, state, bounds, ordered = [], actions = [], initial = [], variants } = source;
  checkText('model', 'its name', name);
  const place = `model ${name}`;
  checkText(place, 'what it is about', about);
  checkState(place, state);
  checkObject(place, 'bounds', bounds, 'write the size of each set, as in { vcpu: 2 }');
  checkObject(place, 'variants', variants, 'write { name: { thread: [step, …] } }');
  for (const [variant, made] of [['model', source], ...Object.entries<object>(variants)] as const) {
    const which = variant === 'model' ? '' : ` of ${variant}`;
    checkObject(place, `variant ${variant}`, made, 'write a list of steps for each thread, as in { vcpu: [step, …] }');
    const own = made as { actions?: unknown; initial?: unknown };
    checkList(place, `actions${which}`, own.actions ?? [], 'write a list of steps, as in [tlb_fill]');
    checkList(place, `initial${which}`, own.initial ?? [], 'write a list of functions, as in [allWritable]');
    for (const make of (own.initial ?? []) as unknown[]) checkFunction(place, `an initial state${which}`, make);
  }
  for (const each of [name, ...Object.keys(variants)]) {
    if (!wellNamed.test(each)) {
      throw new Error(`model ${name}: the name "${each}" needs lower-case letters, digits and dashes only`);
    }
  }
  for (const each of notThreads) {
    if (each in state)
      throw new Error(`model ${name}: no field of the state can be called ${each}; choose another name`);
  }
  if (Object.keys(variants).length === 0) throw new Error(`model ${name}: it has no variant; give it at least one`);
  return { name, about, source: of, state, bounds, ordered, actions, initial, variants } as never;
}
