/** A model whose every name is made of what ends strings, tags, lines and records in one format or another. */
import {
  type Instance,
  instantiate,
  model,
  oneOf,
  pointer,
  range,
  rwlock,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';

/** The name. */
export const hostile = `#a"b'c<d>&]]>%0A\n\u0007\ud800\u2028|\`\\é🙂{};--`;

const Cpu = range('cpu');
const Cell = symmetric('cell');
const state = {
  [hostile]: upTo(3),
  head: pointer(Cell),
  lock: spinlock,
  rw: rwlock,
  color: oneOf(hostile, 'red'),
  cpu: thread(Cpu, { [hostile]: upTo(3), cell: pointer(Cell) }),
};

type State = Record<string, unknown>;
function first(s: State, cpu: State): void {
  s[hostile] = 1;
  cpu[hostile] = 2;
  s.color = 'red';
}
Object.defineProperty(first, 'name', { value: hostile });
function second(s: State): void {
  s.head = 1;
}

/** One thread, two steps. */
export function hostileInstance(): Instance {
  const variants = { only: { cpu: [first, second] } };
  const made = { name: 'hostile', about: 'Names.', state, bounds: { cpu: 1, cell: 2 }, variants };
  return instantiate(model(made as never) as never, 'only');
}
