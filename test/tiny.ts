/** A state with one field of every kind, for models of a few steps. */
import {
  type AnyItem,
  array,
  bit,
  bool,
  type Id,
  type Instance,
  instantiate,
  type Item,
  member,
  model,
  mutex,
  oneOf,
  pointer,
  pool,
  range,
  rwlock,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';

export const Cpu = range('cpu');
export const Page = symmetric('page');
export type Page = Id<typeof Page>;
export const Cell = symmetric('cell');
export type Cell = Id<typeof Cell>;
export const Slot = range('slot');
export type Slot = Id<typeof Slot>;

export const tinyState = {
  lock: spinlock,
  outer: spinlock,
  rw: rwlock,
  sleeping: mutex,
  x: upTo(9),
  y: upTo(9),
  flag: bool,
  color: oneOf('red', 'green', 'blue'),
  best: member(Page),
  head: pointer(Cell),
  bits: array(Page, bit),
  counts: array(Slot, upTo(3)),
  spte: array(Page, { writable: bool, level: oneOf('4K', '2M') }),
  cell: pool(Cell, { next: pointer(Cell), value: upTo(3) }),
  cpu: thread(Cpu, { i: upTo(3), page: member(Page), cell: pointer(Cell), mine: array(Page, bit), done: bool }),
};
export interface Tiny extends StateOf<typeof tinyState> {}
export type Cpu = Tiny['cpu'][Id<typeof Cpu>];

type TinyItem = Item<Tiny, Cpu, 'lock' | 'outer' | 'rw' | 'sleeping'>;

/** What a tiny model may have beside the list of its threads. */
export interface Extras {
  readonly actions?: readonly AnyItem[];
  readonly initial?: readonly ((s: Tiny) => void)[];
  readonly bounds?: { cpu?: number; page?: number; cell?: number; slot?: number };
}

const bounds = { cpu: 1, page: 2, cell: 2, slot: 2 };

/** A model of one variant, instantiated; one thread unless `bounds` says more. */
export function tiny(list: TinyItem, { actions = [], initial = [], bounds: own = {} }: Extras = {}): Instance {
  const variants = { only: { cpu: list } };
  const made = model({ name: 'tiny', about: 'A few steps.', state: tinyState, bounds, initial, variants });
  return instantiate({ ...made, actions: actions as never }, 'only', own);
}

/** The same from a list that the types would refuse. */
export function tinyOf(list: unknown, extras: Extras = {}): Instance {
  return tiny(list as TinyItem, extras);
}
