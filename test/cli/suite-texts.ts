/** Suite files as somebody would write them, who has nothing of mmucheck but the command. */

const head = `
import { BUG_ON, bit, blocked, choose, claim, exit, holding, model, type Next, range, spinlock, type StateOf, suite, thread, upTo } from 'mmucheck';

const Cpu = range('cpu');
const state = { lock: spinlock, x: upTo(9), flag: bit, cpu: thread(Cpu, { seen: upTo(9) }) };
interface State extends StateOf<typeof state> {}
type Cpu = State['cpu'][0];

function load(s: State, cpu: Cpu): void {
  cpu.seen = s.x;
}
function store(s: State, cpu: Cpu): Next {
  if (cpu.seen === 9) return exit;
  s.x = cpu.seen + 1;
}
function both(s: State): Next {
  if (s.x === 9) return blocked;
  s.x++;
}
const small = claim('x stays below 3', (s: State) => s.x < 3);
const about = 'somebody counts';
const bounds = { cpu: 2 };
`;

/** A right suite: one variant that breaks its claim as expected. */
export const counter = `${head}
export const counter = suite(
  model({ name: 'counter', about, state, bounds, variants: { 'not-atomic': { cpu: [load, store] } } }),
  { invariants: { small }, violated: { 'not-atomic': ['small'] } },
);
`;

/** The same, with the suite for a default export, and a lock around it. */
export const locked = `${head}
export default suite(
  model({ name: 'counter', about, state, bounds, variants: { locked: { cpu: holding('lock', load, store) } } }),
  { invariants: { small }, violated: { locked: ['small'] } },
);
`;

/** A variant that is expected to hold, and does not, in more than one way. */
export const surprising = `${head}
function bug(s: State): void {
  BUG_ON(s.x === 4, 'x has become four');
}
export const counter = suite(
  model({ name: 'counter', about, state, bounds, variants: { wrong: { cpu: [both, bug] } } }),
  { invariants: { small }, violated: { wrong: [] } },
);
`;

/** A variant that is expected to come to something, and need not. */
export const idling = `${head}
const comes = claim('x gets from 1 to 3', [(s: State) => s.x === 1, (s: State) => s.x === 3] as const);
export const counter = suite(
  model({ name: 'counter', about, state, bounds, variants: { idle: { cpu: [both] } } }),
  { invariants: {}, leadsTo: { comes }, violated: { idle: [] } },
);
`;

/** A step of each kind that a model must not have, as the second of a list; and what else the model has. */
export function misbehaving(body: string, more = ''): string {
  return `${head}
function bad(s: State): Next {
  ${body}
}
export const counter = suite(
  model({ name: 'counter', about, state, bounds, ${more} variants: { bad: { cpu: [both, bad] } } }),
  { invariants: {}, violated: { bad: [] } },
);
`;
}

/** A claim of each kind that a suite must not have. */
export function claiming(odd: string): string {
  return `${head}
export const counter = suite(
  model({ name: 'counter', about, state, bounds, variants: { bad: { cpu: [both] } } }),
  { invariants: { odd: ${odd} }, violated: { bad: [] } },
);
`;
}

/** A claim on executions, of which the first half is somebody's own. */
export function responding(given: string): string {
  return `${head}
const comes = [(s: State) => { ${given} }, (s: State) => s.x > 1] as const;
export const counter = suite(
  model({ name: 'counter', about, state, bounds, variants: { bad: { cpu: [both] } } }),
  { invariants: {}, leadsTo: { comes }, violated: { bad: ['comes'] } },
);
`;
}

/** A suite file with something else in place of its suite. */
export function withInstead(text: string): string {
  return `${head}${text}`;
}
