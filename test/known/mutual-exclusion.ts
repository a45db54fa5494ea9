/**
 * Four of the BEEM models, written afresh from the algorithms they are of: dining philosophers, and the mutual exclusion of Peterson for
 * any number of processes, of Lamport's bakery, and of Anderson's queue of slots. Each local variable of a process is one of the state,
 * and lives on when its process has left the critical section, as there.
 */
import {
  array,
  bit,
  blocked,
  forAny,
  type Id,
  member,
  model,
  type Next,
  oneOf,
  range,
  type StateOf,
  suite,
  upTo,
} from '#notation';

const P = range('p');
type P = Id<typeof P>;

const table = { fork: array(P, bit), philosopher: array(P, { at: oneOf('think', 'one', 'eat', 'finish') }) };
interface Table extends StateOf<typeof table> {}

function take_own(s: Table, i: P): Next {
  if (s.philosopher[i].at !== 'think' || s.fork[i]) return blocked;
  s.fork[i] = 1;
  s.philosopher[i].at = 'one';
}
function take_other(s: Table, i: P): Next {
  const other = (i + 1) % s.fork.length;
  if (s.philosopher[i].at !== 'one' || s.fork[other]) return blocked;
  s.fork[other] = 1;
  s.philosopher[i].at = 'eat';
}
function lay_down_own(s: Table, i: P): Next {
  if (s.philosopher[i].at !== 'eat') return blocked;
  s.fork[i] = 0;
  s.philosopher[i].at = 'finish';
}
function lay_down_other(s: Table, i: P): Next {
  if (s.philosopher[i].at !== 'finish') return blocked;
  s.fork[(i + 1) % s.fork.length] = 0;
  s.philosopher[i].at = 'think';
}

/** Two who eat do not sit beside each other. */
function forksAreOnes(s: Table): boolean {
  return s.philosopher.every(({ at }, i) => at !== 'eat' || s.philosopher[(i + 1) % s.fork.length]?.at !== 'eat');
}

export const philosophersSuite = suite(
  model({
    name: 'phils',
    about: 'Each philosopher takes his own fork first.',
    state: table,
    bounds: { p: 4 },
    variants: {
      beem: { actions: [take_own, take_other, lay_down_own, lay_down_other].map((step) => forAny(P, step)) },
    },
  }),
  { invariants: { forksAreOnes }, violated: { beem: [] } },
);

const levels = {
  pos: array(P, upTo(P)),
  step: array(P, member(P)),
  process: array(P, { at: oneOf('NCS', 'wait', 'q2', 'q3', 'CS'), j: upTo(P), k: upTo(P) }),
};
interface Levels extends StateOf<typeof levels> {}

function begin(s: Levels, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'NCS') return blocked;
  own.j = 1;
  own.at = 'wait';
}
function climb(s: Levels, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'wait' || own.j >= s.pos.length) return blocked;
  s.pos[i] = own.j;
  own.at = 'q2';
}
function sign(s: Levels, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'q2') return blocked;
  s.step[own.j - 1] = i;
  own.k = 0;
  own.at = 'q3';
}
function look(s: Levels, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'q3' || own.k >= s.pos.length) return blocked;
  if (own.k !== i && (s.pos[own.k] as number) >= own.j) return blocked;
  own.k += 1;
}
function pass(s: Levels, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'q3' || (s.step[own.j - 1] === i && own.k !== s.pos.length)) return blocked;
  own.j += 1;
  own.at = 'wait';
}
function enter(s: Levels, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'wait' || own.j !== s.pos.length) return blocked;
  own.at = 'CS';
}
function leave(s: Levels, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'CS') return blocked;
  s.pos[i] = 0;
  own.at = 'NCS';
}

/** At most one process is in its critical section. */
function exclusive(s: Levels | Shop | Queue): boolean {
  let inside = 0;
  for (let i = 0; i < s.process.length; i++) if (s.process[i].at === 'CS') inside++;
  return inside <= 1;
}

export const petersonSuite = suite(
  model({
    name: 'peterson',
    about: 'A process climbs a level when it is not the last one to have come, or nobody is as high.',
    state: levels,
    bounds: { p: 3 },
    variants: {
      beem: { actions: [begin, climb, sign, look, pass, enter, leave].map((step) => forAny(P, step)) },
    },
  }),
  { invariants: { exclusive }, violated: { beem: [] } },
);

/** The largest number that is ever drawn. */
const Ticket = range('ticket');
const shop = {
  choosing: array(P, bit),
  number: array(P, upTo(Ticket)),
  process: array(P, { at: oneOf('NCS', 'choose', 'loop', 'wait', 'CS'), j: upTo(P), max: upTo(Ticket) }),
  /** Never assigned: its length is the largest number. */
  tickets: array(Ticket, bit),
};
interface Shop extends StateOf<typeof shop> {}

function come(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'NCS') return blocked;
  s.choosing[i] = 1;
  own.j = 0;
  own.max = 0;
  own.at = 'choose';
}
function see_larger(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'choose' || own.j >= s.number.length || (s.number[own.j] as number) <= own.max) return blocked;
  own.max = s.number[own.j] as number;
  own.j += 1;
}
function see_smaller(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'choose' || own.j >= s.number.length || (s.number[own.j] as number) > own.max) return blocked;
  own.j += 1;
}
function draw(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'choose' || own.j !== s.number.length || own.max >= s.tickets.length) return blocked;
  s.number[i] = own.max + 1;
  own.j = 0;
  s.choosing[i] = 0;
  own.at = 'loop';
}
function await_choice(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'loop' || own.j >= s.number.length || s.choosing[own.j]) return blocked;
  own.at = 'wait';
}
function await_turn(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'wait') return blocked;
  const [theirs, mine] = [s.number[own.j] as number, s.number[i] as number];
  if (theirs !== 0 && theirs <= mine && !(theirs === mine && i <= own.j)) return blocked;
  own.j += 1;
  own.at = 'loop';
}
function be_served(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'loop' || own.j !== s.number.length) return blocked;
  own.at = 'CS';
}
function go(s: Shop, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'CS') return blocked;
  s.number[i] = 0;
  own.at = 'NCS';
}

export const bakerySuite = suite(
  model({
    name: 'bakery',
    about: 'A process draws a number larger than all it sees, and waits until nobody has a smaller one.',
    state: shop,
    bounds: { p: 2, ticket: 9 },
    variants: {
      beem: {
        actions: [come, see_larger, see_smaller, draw, await_choice, await_turn, be_served, go].map((step) =>
          forAny(P, step),
        ),
      },
    },
  }),
  { invariants: { exclusive }, violated: { beem: [] } },
);

const queue = {
  slot: array(P, bit),
  next: upTo(16),
  process: array(P, { at: oneOf('NCS', 'p1', 'p2', 'p3', 'CS'), place: upTo(16) }),
};
interface Queue extends StateOf<typeof queue> {}

function first_slot(s: Queue): void {
  s.slot[0] = 1;
}
function line_up(s: Queue, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'NCS') return blocked;
  own.place = s.next;
  s.next += 1;
  own.at = 'p1';
}
function wrap_next(s: Queue, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'p1' || own.place !== s.slot.length - 1) return blocked;
  s.next -= s.slot.length;
  own.at = 'p2';
}
function wrap_place(s: Queue, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'p1' || own.place === s.slot.length - 1) return blocked;
  own.place %= s.slot.length;
  own.at = 'p2';
}
function await_slot(s: Queue, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'p2' || !s.slot[own.place]) return blocked;
  own.at = 'p3';
}
function clear_slot(s: Queue, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'p3') return blocked;
  s.slot[own.place] = 0;
  own.at = 'CS';
}
function pass_slot(s: Queue, i: P): Next {
  const own = s.process[i];
  if (own.at !== 'CS') return blocked;
  s.slot[(own.place + 1) % s.slot.length] = 1;
  own.at = 'NCS';
}

export const andersonSuite = suite(
  model({
    name: 'anderson',
    about: 'A process takes the next slot of a ring, and gets the lock from the one in the slot before.',
    state: queue,
    bounds: { p: 3 },
    initial: [first_slot],
    variants: {
      beem: {
        actions: [line_up, wrap_next, wrap_place, await_slot, clear_slot, pass_slot].map((step) => forAny(P, step)),
      },
    },
  }),
  { invariants: { exclusive }, violated: { beem: [] } },
);
