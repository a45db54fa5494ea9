/** A model whose every name that may be anything is made of what ends strings, tags, lines and records in one format or another. */
import {
  claim,
  type Instance,
  instantiate,
  model,
  oneOf,
  pointer,
  range,
  rwlock,
  spinlock,
  type Suite,
  suite,
  symmetric,
  thread,
  upTo,
} from '#notation';

/** The name. */
export const hostile = `#a"b'c<d>&]]>%0A\n\u0007\ud800\u2028|\`\\é🙂{};--`;

const Cpu = range('cpu');
const Cell = symmetric('cell');
type State = Record<string, unknown>;

/** One thread, two steps, and a claim that the second makes false. */
export function hostileSuite(name: string = hostile): Suite {
  const state = {
    field: upTo(3),
    head: pointer(Cell),
    lock: spinlock,
    rw: rwlock,
    color: oneOf(name, 'red'),
    cpu: thread(Cpu, { field: upTo(3), cell: pointer(Cell) }),
  };
  function first(s: State, cpu: State): void {
    s.field = 1;
    cpu.field = 2;
    s.color = 'red';
  }
  Object.defineProperty(first, 'name', { value: name });
  function second(s: State): void {
    s.head = 1;
    s.color = name;
  }
  const variants = { only: { cpu: [first, second] } };
  const made = { name: 'hostile', about: name, state, bounds: { cpu: 1, cell: 2 }, variants };
  const invariants = { [name]: claim(name, (s: State) => s.head !== 1) };
  return suite(model(made as never) as never, { invariants, violated: { only: [name] } } as never);
}

/** Its only variant. */
export function hostileInstance(): Instance {
  return instantiate(hostileSuite().model, 'only');
}
