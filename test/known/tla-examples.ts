/**
 * Models of tlaplus/Examples, written afresh: a lock, the same with a history and a stuttering variable, Peterson's algorithm, hygienic
 * philosophers, the commitment of a transaction, two allocators of resources, the prisoners with two switches, and termination on a ring.
 */
import {
  array,
  bit,
  blocked,
  bool,
  forAny,
  type Id,
  member,
  model,
  type Next,
  NULL,
  oneOf,
  pointer,
  range,
  type StateOf,
  type Suite,
  suite,
  symmetric,
  upTo,
} from '#notation';

const Proc = range('proc');
type Proc = Id<typeof Proc>;

const lockState = {
  lock: bit,
  proc: array(Proc, { pc: oneOf('l0', 'l1', 'cs', 'l2') }),
  /** With a history: whose turn it is, and how many steps are still to be stuttered by whom. */
  turn: member(Proc),
  stutter: { by: member(Proc), left: upTo(2) },
};
interface Lock extends StateOf<typeof lockState> {}

function unlocked(s: Lock): void {
  s.lock = 1;
}
function l0(s: Lock, i: Proc): Next {
  if (s.stutter.left > 0 || s.proc[i].pc !== 'l0') return blocked;
  s.proc[i].pc = 'l1';
}
function l1(s: Lock, i: Proc): Next {
  if (s.proc[i].pc !== 'l1' || !s.lock) return blocked;
  s.lock = 0;
  s.proc[i].pc = 'cs';
}
function l1_and_stutter(s: Lock, i: Proc): Next {
  if (s.stutter.left === 0) {
    if (s.proc[i].pc !== 'l1' || !s.lock) return blocked;
    s.lock = 0;
    s.proc[i].pc = 'cs';
    s.stutter.by = i;
    s.stutter.left = 2;
    return;
  }
  if (s.stutter.by !== i) return blocked;
  s.stutter.left -= 1;
  if (s.stutter.left === 1) s.turn = 1 - i;
  else s.stutter.by = 0;
}
function cs(s: Lock, i: Proc): Next {
  if (s.stutter.left > 0 || s.proc[i].pc !== 'cs') return blocked;
  s.proc[i].pc = 'l2';
}
function l2(s: Lock, i: Proc): Next {
  if (s.stutter.left > 0 || s.proc[i].pc !== 'l2') return blocked;
  s.lock = 1;
  s.proc[i].pc = 'l0';
}
const each = (...steps: readonly ((s: Lock, i: Proc) => Next)[]) => steps.map((step) => forAny(Proc, step));

/** One process at most has the lock, and then it is taken. */
function lockIsOnes(s: Lock): boolean {
  const inside = s.proc.reduce((sum, { pc }) => sum + Number(pc === 'cs' || pc === 'l2'), 0);
  return inside === 0 || (inside === 1 && s.lock === 0);
}

export const lockSuite = suite(
  model({
    name: 'lock',
    about: 'Lock and LockHS of locks_auxiliary_vars.',
    state: lockState,
    bounds: { proc: 2 },
    initial: [unlocked],
    variants: {
      lock: { actions: each(l0, l1, cs, l2) },
      'with-history': { actions: each(l0, l1_and_stutter, cs, l2) },
    },
  }),
  { invariants: { lockIsOnes }, violated: { lock: [], 'with-history': [] } },
);

const petersonState = {
  c: array(Proc, bit),
  turn: member(Proc),
  proc: array(Proc, { pc: oneOf('a0', 'a1', 'a2', 'a3', 'cs', 'a4') }),
};
interface Peterson extends StateOf<typeof petersonState> {}

function moves(s: Peterson, i: Proc): Next {
  const own = s.proc[i];
  switch (own.pc) {
    case 'a0':
      own.pc = 'a1';
      return;
    case 'a1':
      s.c[i] = 1;
      own.pc = 'a2';
      return;
    case 'a2':
      s.turn = 1 - i;
      own.pc = 'a3';
      return;
    case 'a3':
      if (s.c[1 - i] && s.turn !== i) return blocked;
      own.pc = 'cs';
      return;
    case 'cs':
      own.pc = 'a4';
      return;
    case 'a4':
      s.c[i] = 0;
      own.pc = 'a0';
  }
}

/** One process at most is in its critical section. */
function oneInside(s: Peterson): boolean {
  return s.proc.reduce((sum, { pc }) => sum + Number(pc === 'cs' || pc === 'a4'), 0) <= 1;
}

export const petersonOfTwoSuite = suite(
  model({
    name: 'peterson-of-two',
    about: 'Peterson of locks_auxiliary_vars.',
    state: petersonState,
    bounds: { proc: 2 },
    variants: { peterson: { actions: [forAny(Proc, moves)] } },
  }),
  { invariants: { oneInside }, violated: { peterson: [] } },
);

const hygienic = {
  fork: array(Proc, { holder: member(Proc), clean: bool }),
  philosopher: array(Proc, { hungry: bool, pc: oneOf('Loop', 'Eat', 'Think') }),
};
interface Hygienic extends StateOf<typeof hygienic> {}

function lowestHolds(s: Hygienic): void {
  s.fork.forEach((fork, i) => {
    fork.holder = i === 1 ? 0 : i;
    s.philosopher[i].hungry = true;
  });
}
function acts(s: Hygienic, p: Proc): Next {
  const own = s.philosopher[p];
  const right = (p + 1) % s.fork.length;
  const [left, other] = [s.fork[p], s.fork[right]] as const;
  if (own.pc === 'Think') {
    own.hungry = true;
    own.pc = 'Loop';
  } else if (own.pc === 'Eat') {
    own.hungry = false;
    left.clean = false;
    other.clean = false;
    own.pc = 'Loop';
  } else {
    const canEat = left.holder === p && other.holder === p && left.clean && other.clean;
    if (left.holder === p && !left.clean) {
      left.holder = (p + s.fork.length - 1) % s.fork.length;
      left.clean = true;
    } else if (other.holder === p && !other.clean) {
      other.holder = right;
      other.clean = true;
    }
    own.pc = own.hungry ? (canEat ? 'Eat' : 'Loop') : 'Think';
  }
}

/** Two who eat do not sit beside each other. */
function forksAreOnes(s: Hygienic): boolean {
  const seats = s.fork.length;
  return s.philosopher.every(({ pc }, p) => pc !== 'Eat' || s.philosopher[(p + 1) % seats].pc !== 'Eat');
}

export const hygienicSuite = suite(
  model({
    name: 'hygienic-philosophers',
    about: 'DiningPhilosophers: who has eaten hands a dirty fork over, cleaned.',
    state: hygienic,
    bounds: { proc: 5 },
    initial: [lowestHolds],
    variants: { hygienic: { actions: [forAny(Proc, acts)] } },
  }),
  { invariants: { forksAreOnes }, violated: { hygienic: [] } },
);

const Rm = symmetric('rm');
type Rm = Id<typeof Rm>;
const managers = { rm: array(Rm, { is: oneOf('working', 'prepared', 'committed', 'aborted') }) };
interface Managers extends StateOf<typeof managers> {}

function Prepare(s: Managers, r: Rm): Next {
  if (s.rm[r].is !== 'working') return blocked;
  s.rm[r].is = 'prepared';
}
function DecideCommit(s: Managers, r: Rm): Next {
  if (s.rm[r].is !== 'prepared' || !s.rm.every(({ is }) => is === 'prepared' || is === 'committed')) return blocked;
  s.rm[r].is = 'committed';
}
function DecideAbort(s: Managers, r: Rm): Next {
  const { is } = s.rm[r];
  if ((is !== 'working' && is !== 'prepared') || s.rm.some((each) => each.is === 'committed')) return blocked;
  s.rm[r].is = 'aborted';
}

/** No two managers disagree. */
function consistent(s: Managers): boolean {
  return !s.rm.some(({ is }) => is === 'aborted') || !s.rm.some(({ is }) => is === 'committed');
}

export const commitSuite = suite(
  model({
    name: 'commit',
    about: 'TCommit: resource managers that see each other.',
    state: managers,
    bounds: { rm: 3 },
    variants: { commit: { actions: [forAny(Rm, Prepare), forAny(Rm, DecideCommit), forAny(Rm, DecideAbort)] } },
  }),
  { invariants: { consistent }, violated: { commit: [] } },
);

const Client = range('client');
/** Subsets of the resources, as bits. */
const Subset = range('subset');
const Order = range('order');
type Client = Id<typeof Client>;
type Subset = Id<typeof Subset>;

const allocator = {
  unsat: array(Client, member(Subset)),
  alloc: array(Client, member(Subset)),
  /** The schedule: clients in the order in which they are to be served, then nobody. */
  sched: array(Client, pointer(Client)),
  /** Never assigned: there are so many subsets, and so many orders of all clients. */
  subsets: array(Subset, bit),
  orders: array(Order, bit),
};
interface Allocator extends StateOf<typeof allocator> {}

const at = (row: { readonly [at: number]: number }, i: number): number => row[i] as number;
function available(s: Allocator): number {
  return (s.subsets.length - 1) & ~s.alloc.reduce((all, own) => all | own, 0);
}
const isWithin = (part: number, whole: number): boolean => (part & ~whole) === 0;

function Request(s: Allocator, c: Client, set: Subset): Next {
  if (set === 0 || s.unsat[c] !== 0 || s.alloc[c] !== 0) return blocked;
  s.unsat[c] = set;
}
function Allocate(s: Allocator, c: Client, set: Subset): Next {
  if (set === 0 || !isWithin(set, available(s) & at(s.unsat, c))) return blocked;
  s.alloc[c] = at(s.alloc, c) | set;
  s.unsat[c] = at(s.unsat, c) & ~set;
}
function Return(s: Allocator, c: Client, set: Subset): Next {
  if (set === 0 || !isWithin(set, at(s.alloc, c))) return blocked;
  s.alloc[c] = at(s.alloc, c) & ~set;
}
function AllocateInTurn(s: Allocator, c: Client, set: Subset): Next {
  if (set === 0 || !isWithin(set, available(s) & at(s.unsat, c))) return blocked;
  const place = s.sched.indexOf(c);
  if (place === NULL) return blocked;
  for (let before = 0; before < place; before++) if (at(s.unsat, at(s.sched as never, before)) & set) return blocked;
  s.alloc[c] = at(s.alloc, c) | set;
  s.unsat[c] = at(s.unsat, c) & ~set;
  if (s.unsat[c] !== 0) return;
  for (let i = place; i + 1 < s.sched.length; i++) s.sched[i] = s.sched[i + 1] as never;
  s.sched[s.sched.length - 1] = NULL;
}
/** Those who wait and are not in the schedule come to its end, in any order: order `n`, where there are so many. */
function Schedule(s: Allocator, n: number): Next {
  const waiting: number[] = [];
  for (let c = 0; c < s.unsat.length; c++) if (s.unsat[c] !== 0 && s.sched.indexOf(c) === NULL) waiting.push(c);
  let orders = 1;
  for (let i = 2; i <= waiting.length; i++) orders *= i;
  if (waiting.length === 0 || n >= orders) return blocked;
  let from = s.sched.indexOf(NULL as never) as number;
  for (let left = n; waiting.length > 0; from++) {
    s.sched[from] = waiting.splice(left % waiting.length, 1)[0] as number;
    left = Math.floor(left / (waiting.length + 1));
  }
}
function emptySchedule(s: Allocator): void {
  s.sched.forEach((_, i) => {
    s.sched[i] = NULL;
  });
}

/** No resource is allocated twice. */
function allocatedOnce(s: Allocator): boolean {
  let seen = 0;
  return s.alloc.every((own) => {
    const isNew = (seen & own) === 0;
    seen |= own;
    return isNew;
  });
}

export const allocatorSuite = suite(
  model({
    name: 'allocator',
    about: 'SimpleAllocator and SchedulingAllocator: clients ask for sets of resources.',
    state: allocator,
    bounds: { client: 3, subset: 4, order: 6 },
    initial: [emptySchedule],
    variants: {
      simple: {
        actions: [forAny(Client, Subset, Request), forAny(Client, Subset, Allocate), forAny(Client, Subset, Return)],
      },
      scheduling: {
        actions: [
          forAny(Client, Subset, Request),
          forAny(Client, Subset, AllocateInTurn),
          forAny(Client, Subset, Return),
          forAny(Order, Schedule),
        ],
      },
    },
  }),
  { invariants: { allocatedOnce }, violated: { simple: [], scheduling: [] } },
);

const Other = range('other');
type Other = Id<typeof Other>;
const prison = { a: bit, b: bit, switched: array(Other, upTo(2)), count: upTo(9) };
interface Prison extends StateOf<typeof prison> {}

const flip = (s: Prison): void => {
  s.b = s.b ? 0 : 1;
};
function OtherStep(s: Prison, i: Other): void {
  if (s.a === 0 && at(s.switched, i) < 2) {
    s.a = 1;
    s.switched[i] = at(s.switched, i) + 1;
  } else flip(s);
}
function CounterStep(s: Prison): void {
  if (s.a) {
    s.a = 0;
    s.count += 1;
  } else flip(s);
}
function bothDown(): void {}
function aUp(s: Prison): void {
  s.a = 1;
}
function bUp(s: Prison): void {
  s.b = 1;
}
function bothUp(s: Prison): void {
  s.a = s.b = 1;
}

/** When the counter has counted enough, everybody has been in the room. */
function everybodyWas(s: Prison): boolean {
  return s.count < 2 * s.switched.length || s.switched.every((times) => times > 0);
}

export const prisonersSuite = suite(
  model({
    name: 'prisoners',
    about: 'Prisoners: one counts how often the others have put switch A up, each of them twice.',
    state: prison,
    bounds: { other: 3 },
    initial: [bothDown, aUp, bUp, bothUp],
    variants: { prisoners: { actions: [forAny(Other, OtherStep), CounterStep] } },
  }),
  { invariants: { everybodyWas }, violated: { prisoners: [] } },
);

const Node = range('node');
type Node = Id<typeof Node>;
const ring = { token: member(Node), tokenIsBlack: bit, node: array(Node, { active: bit, black: bit }) };
interface Ring extends StateOf<typeof ring> {}

function send_round(s: Ring, isDue: number): Next {
  if (s.token !== 0 || !isDue) return blocked;
  s.token = s.node.length - 1;
  s.tokenIsBlack = 0;
  s.node[0].black = 0;
}
function pass(s: Ring, i: Node, may: boolean): Next {
  const own = s.node[i];
  if (i === 0 || s.token !== i || !may) return blocked;
  s.token = i - 1;
  if (own.black) s.tokenIsBlack = 1;
  own.black = 0;
}
// TLC generates a state for each part of a disjunction that is true, so each is an action here.
function InitiateIfTokenIsBlack(s: Ring): Next {
  return send_round(s, s.tokenIsBlack);
}
function InitiateIfBlack(s: Ring): Next {
  return send_round(s, s.node[0].black);
}
function PassIfIdle(s: Ring, i: Node): Next {
  return pass(s, i, !s.node[i].active);
}
function PassIfBlack(s: Ring, i: Node): Next {
  return pass(s, i, s.node[i].black === 1);
}
function PassIfTokenIsBlack(s: Ring, i: Node): Next {
  return pass(s, i, s.tokenIsBlack === 1);
}
function SendMsg(s: Ring, i: Node, j: Node): Next {
  if (i === j || !s.node[i].active) return blocked;
  s.node[j].active = 1;
  if (j > i) s.node[i].black = 1;
}
function Deactivate(s: Ring, i: Node): Next {
  if (!s.node[i].active) return blocked;
  s.node[i].active = 0;
}

/** Each way for the nodes to be active and black, and for one of them to have the token, which is black. */
function anyWay(nodes: number): ((s: Ring) => void)[] {
  return Array.from({ length: nodes * 4 ** nodes }, (_, way) => {
    const name = `way_${way}`;
    const initial = {
      [name](s: Ring): void {
        s.token = way % nodes;
        s.tokenIsBlack = 1;
        const bits = Math.floor(way / nodes);
        s.node.forEach((own, i) => {
          own.active = (bits >> (2 * i)) & 1 ? 1 : 0;
          own.black = (bits >> (2 * i + 1)) & 1 ? 1 : 0;
        });
      },
    };
    return initial[name] as (s: Ring) => void;
  });
}

/** When the first node has a white token, and is white and idle itself, all are idle. */
function detectedIsSo({ token, tokenIsBlack, node }: Ring): boolean {
  const isDetected = token === 0 && !tokenIsBlack && !node[0].black && !node[0].active;
  return !isDetected || node.every(({ active }) => !active);
}

/** EWD840 with so many nodes. */
export function terminationSuite(nodes: number): Suite {
  return suite(
    model({
      name: `termination-of-${nodes}`,
      about: 'EWD840: a token goes round, and finds out whether all nodes are idle.',
      state: ring,
      bounds: { node: nodes },
      initial: anyWay(nodes),
      variants: {
        ring: {
          actions: [
            InitiateIfTokenIsBlack,
            InitiateIfBlack,
            forAny(Node, PassIfIdle),
            forAny(Node, PassIfBlack),
            forAny(Node, PassIfTokenIsBlack),
            forAny(Node, Node, SendMsg),
            forAny(Node, Deactivate),
          ],
        },
      },
    }),
    { invariants: { detectedIsSo }, violated: { ring: [] } },
  );
}
