/**
 * What must not compile. Nothing here is ever run: `tsc --noEmit` fails when a line under `@ts-expect-error` compiles after all.
 * Beside each mistake stands the nearest thing that does compile, so that a mistake is refused for its own sake.
 */
// oxlint-disable no-self-assign, no-shadow -- they are not to compile in the first place
import {
  ahead,
  alloc,
  array,
  atomically,
  at,
  bit,
  blocked,
  bool,
  cond_resched,
  either,
  exit,
  fair,
  forAny,
  forEvery,
  free,
  holding,
  type Id,
  idle,
  lockdep_assert_held,
  memory,
  member,
  model,
  type Next,
  NULL,
  once,
  oneOf,
  pointer,
  pool,
  range,
  read,
  rwlock,
  type StateOf,
  spinlock,
  suite,
  symmetric,
  thread,
  upTo,
} from '#notation';

const Gfn = symmetric('gfn');
type Gfn = Id<typeof Gfn>;
const Vcpu = symmetric('vcpu');
type VcpuId = Id<typeof Vcpu>;
const Ioctl = range('ioctl');
const Desc = symmetric('desc');
type Desc = Id<typeof Desc>;
const Slot = range('slot');
type Slot = Id<typeof Slot>;
const Level = range('level');
type Level = Id<typeof Level>;

const state = {
  mmu_lock: spinlock,
  slots_lock: rwlock,
  spte: array(Gfn, { writable: bool, level: oneOf('4K', '2M'), inner: { age: upTo(3) } }),
  rmap: array(Gfn, bit),
  count: array(Slot, upTo(9)),
  tlb: array(Vcpu, array(Gfn, bit)),
  head: pointer(Desc),
  first: pointer(Slot),
  best: member(Gfn),
  generation: upTo(3),
  desc: pool(Desc, { more: pointer(Desc) }),
  vcpu: thread(Vcpu, { gfn: member(Gfn), seen: array(Gfn, bit) }),
  ioctl: thread(Ioctl, { gfn: member(Gfn) }),
};
interface State extends StateOf<typeof state> {}
type Vcpu = State['vcpu'][VcpuId];
type Ioctl = State['ioctl'][Id<typeof Ioctl>];

// Members of a set.

export function aWrongSet(s: State, gfn: Gfn, vcpu: VcpuId, slot: Slot, level: Level): void {
  s.rmap[gfn] = 1;
  // @ts-expect-error: a vCPU is no gfn
  s.rmap[vcpu] = 1;
  // @ts-expect-error: a vCPU is no gfn, on the way to a struct
  s.spte[vcpu].writable = true;
  s.tlb[vcpu][gfn] = 0;
  // @ts-expect-error: the outer row first
  s.tlb[gfn][vcpu] = 0;
  s.best = gfn;
  // @ts-expect-error: a field for a gfn takes no vCPU
  s.best = vcpu;
  // @ts-expect-error: a plain number is no member of a symmetric set
  s.rmap[0] = 1;
  // @ts-expect-error: a plain number is no member of a symmetric set
  s.best = 0;
  // @ts-expect-error: members of different sets are never equal
  if (gfn === vcpu) return;
  s.count[slot] = 1;
  s.count[slot + 1] = 1;
  // @ts-expect-error: a member of another ordered set
  s.count[level] = 1;
  // @ts-expect-error: a member of another ordered set
  s.first = level;
  // @ts-expect-error: the ids in a callback are those of the row's set
  if (s.rmap.some((_, id) => s.tlb[id][id] === 1)) return;
}

export function arithmeticOnSymmetricIds(s: State, gfn: Gfn, other: Gfn): void {
  if (gfn === other) return;
  // @ts-expect-error: no sum
  s.best = gfn + 1;
  // @ts-expect-error: no difference
  s.generation = gfn - other;
  // @ts-expect-error: no next
  gfn++;
  // @ts-expect-error: no number
  s.generation = +gfn;
  // @ts-expect-error: no negation
  s.generation = -gfn;
  // @ts-expect-error: no number
  s.generation = gfn;
  // @ts-expect-error: no bits
  s.generation = 1 << gfn;
  // @ts-expect-error: no remainder
  s.generation = gfn % 2;
  // @ts-expect-error: no text to take apart
  s.generation = `${gfn}`.length;
  // @ts-expect-error: no addition in place
  s.best += 1;
}

export function orderOnSymmetricIds(gfn: Gfn, other: Gfn, slot: Slot): boolean {
  if (slot < 2 || slot > 3) return true;
  // @ts-expect-error: none is smaller
  if (gfn < other) return true;
  // @ts-expect-error: none is larger
  if (gfn >= other) return true;
  // @ts-expect-error: none is the first
  if (gfn === 0) return true;
  // @ts-expect-error: none is larger than a number
  return gfn > 0;
}

export function uncheckedNull(s: State, desc: Desc): void {
  // @ts-expect-error: head may be NULL
  if (s.desc[s.head].allocated) return;
  if (s.head !== NULL && s.desc[s.head].allocated) return;
  // @ts-expect-error: more may be NULL
  s.desc[s.desc[desc].more].more = NULL;
  // @ts-expect-error: first may be NULL
  s.count[s.first] = 1;
  // @ts-expect-error: alloc may return NULL
  s.desc[alloc(s.desc)].more = NULL;
  // @ts-expect-error: nothing is freed that may be NULL
  free(s.desc, s.head);
  // @ts-expect-error: findIndex may find nothing
  s.rmap[s.rmap.findIndex((each) => each === 0)] = 1;
  // @ts-expect-error: indexOf may find nothing
  s.best = s.rmap.indexOf(0);
  // @ts-expect-error: find may find nothing
  s.desc.find((each) => each.allocated).more = NULL;
  // @ts-expect-error: a member is never NULL
  s.best = NULL;
  // @ts-expect-error: NULL has no order
  if (s.first > 0) return;
}

export function wholeParts(s: State, gfn: Gfn, other: Gfn, vcpu: VcpuId): void {
  s.spte[gfn].writable = s.spte[other].writable;
  // @ts-expect-error: a struct of a row
  s.spte[gfn] = s.spte[other];
  // @ts-expect-error: a struct in a struct
  s.spte[gfn].inner = s.spte[other].inner;
  // @ts-expect-error: a row
  s.rmap = s.tlb[vcpu];
  // @ts-expect-error: a row of a row
  s.tlb[vcpu] = s.rmap;
  // @ts-expect-error: a row of a thread
  s.vcpu[vcpu].seen = s.rmap;
  // @ts-expect-error: a thread
  s.vcpu[vcpu] = s.vcpu[vcpu];
  // @ts-expect-error: all threads
  s.vcpu = s.vcpu;
  // @ts-expect-error: a lock
  s.mmu_lock = s.slots_lock;
  // @ts-expect-error: who holds a lock is for holding(...) to say
  s.mmu_lock.held = true;
  // @ts-expect-error: a thread's number
  s.vcpu[vcpu].id = vcpu;
  // @ts-expect-error: how many there are
  s.rmap.length = 0;
}

export function fields(s: State, vcpu: Vcpu, gfn: Gfn): void {
  // @ts-expect-error: the state has no such field
  s.dirty_bitmap[gfn] = 1;
  // @ts-expect-error: the thread has no such local
  vcpu.pfn = gfn;
  // @ts-expect-error: the struct has no such field
  s.spte[gfn].writeable = true;
  // @ts-expect-error: a bool is not a number
  s.spte[gfn].writable = 1;
  // @ts-expect-error: a bit is 0 or 1
  s.rmap[gfn] = 2;
  // @ts-expect-error: a bit is no bool
  s.rmap[gfn] = true;
  // @ts-expect-error: none of the names
  s.spte[gfn].level = '1G';
  // @ts-expect-error: a lock is the state's, and what is no lock cannot be held
  lockdep_assert_held(s.rmap);
}

// What a state may contain.

// @ts-expect-error: a bool of a row stands in a struct
array(Gfn, bool);
// @ts-expect-error: a name of a row stands in a struct
array(Gfn, oneOf('a', 'b'));
// @ts-expect-error: a row of locks
array(Gfn, spinlock);
// @ts-expect-error: a row of threads
array(Gfn, thread(Vcpu, {}));
// @ts-expect-error: one of no names
oneOf();
// @ts-expect-error: a pool hands out structs
pool(Desc, bit);

// Steps.

function fault(s: State, vcpu: Vcpu, gfn: Gfn): Next {
  if (s.spte[gfn].writable) return blocked;
  vcpu.gfn = gfn;
}
function set_spte(s: State, vcpu: Vcpu): void {
  s.spte[vcpu.gfn].writable = true;
}
function get_log(_: State, ioctl: Ioctl, gfn: Gfn): void {
  ioctl.gfn = gfn;
}
function clear(s: State, ioctl: Ioctl): Next {
  if (!s.rmap[ioctl.gfn]) return exit;
  s.rmap[ioctl.gfn] = 0;
}
function fill(s: State, vcpu: VcpuId, gfn: Gfn): void {
  s.tlb[vcpu][gfn] = 1;
}
function drop(s: State): void {
  s.generation = 0;
}
function returnsNumber(_s: State, _vcpu: Vcpu): number {
  return 1;
}
function returnsBoolean(_s: State, _vcpu: Vcpu): boolean {
  return true;
}
function returnsNull(_s: State, _vcpu: Vcpu): Next {
  // @ts-expect-error: NULL is no step
  return NULL;
}
async function sleeps(_s: State, _vcpu: Vcpu): Promise<void> {}
function* yields(_s: State, _vcpu: Vcpu): Generator<number> {
  yield 1;
}
export { returnsNull };

const other = { x: upTo(3), vcpu: thread(Vcpu, { gfn: member(Gfn) }) };
interface Other extends StateOf<typeof other> {}
function ofAnotherState(s: Other, _vcpu: Other['vcpu'][VcpuId]): void {
  s.x = 1;
}

// Models: this one is right, and each below differs from it in one thing.

const bounds = { gfn: 2, vcpu: 2, ioctl: 1, desc: 2, slot: 2 };
const about = 'what compiles';
const vcpu = [forAny(Gfn, fault), set_spte];
const ioctl = [forAny(Gfn, get_log), clear];
const base = { name: 'right', about, state, bounds };
const right = model({
  ...base,
  actions: [drop, forAny(Vcpu, Gfn, fill)],
  initial: [drop],
  variants: {
    plain: { vcpu, ioctl },
    locked: { vcpu: [forAny(Gfn, fault), ...holding('mmu_lock', set_spte, cond_resched('mmu_lock'), set_spte)], ioctl },
    reading: { vcpu: [forAny(Gfn, fault), ...holding(read('slots_lock'), set_spte)], ioctl },
    words: { vcpu: once(forAny(Gfn, fault), atomically(set_spte, [set_spte]), either([set_spte], set_spte)), ioctl },
    extras: { vcpu, ioctl, actions: [drop], initial: [drop], bounds: { gfn: 1 } },
  },
});

// @ts-expect-error: no bound for gfn
model({ ...base, bounds: { vcpu: 2, ioctl: 1, desc: 2, slot: 2 }, variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: no bound for slot, by which only one row is indexed
model({ ...base, bounds: { gfn: 2, vcpu: 2, ioctl: 1, desc: 2 }, variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: a bound for no set of the state
model({ ...base, bounds: { ...bounds, gfns: 2 }, variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: a bound for no set of the state, of a variant
model({ ...base, variants: { a: { vcpu, ioctl, bounds: { gfns: 2 } } } });
// @ts-expect-error: no list for the thread ioctl
model({ ...base, variants: { a: { vcpu } } });
// @ts-expect-error: the model says nothing of itself
model({ name: 'x', state, bounds, variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: an initial state is a function
model({ ...base, initial: [{ generation: 1 }], variants: { a: { vcpu, ioctl } } });

// @ts-expect-error: no such lock
model({ ...base, variants: { a: { vcpu: holding('mmu_lok', ...vcpu), ioctl } } });
// @ts-expect-error: no such lock, for reading
model({ ...base, variants: { a: { vcpu: holding(read('mmu_lok'), ...vcpu), ioctl } } });
// @ts-expect-error: a field that is no lock
model({ ...base, variants: { a: { vcpu: holding('rmap', ...vcpu), ioctl } } });
// @ts-expect-error: no such lock, inside another
model({ ...base, variants: { a: { vcpu: holding('mmu_lock', ...holding('no_lock', ...vcpu)), ioctl } } });
// @ts-expect-error: no such lock, inside atomically
model({ ...base, variants: { a: { vcpu: atomically(...holding('no_lock', ...vcpu)), ioctl } } });
// @ts-expect-error: no such lock to yield
model({ ...base, variants: { a: { vcpu: holding('mmu_lock', ...vcpu, cond_resched('mmu_lok')), ioctl } } });

// @ts-expect-error: a step of another state
model({ ...base, variants: { a: { vcpu: [...vcpu, ofAnotherState], ioctl } } });
// @ts-expect-error: a step of another thread
model({ ...base, variants: { a: { vcpu: ioctl, ioctl } } });
// @ts-expect-error: a step of another thread, inside holding
model({ ...base, variants: { a: { vcpu: holding('mmu_lock', clear), ioctl } } });
// @ts-expect-error: a step of another thread, inside atomically
model({ ...base, variants: { a: { vcpu: atomically(clear), ioctl } } });
// @ts-expect-error: a step of another thread, in a branch
model({ ...base, variants: { a: { vcpu: either([set_spte], [clear]), ioctl } } });
// @ts-expect-error: a step of another thread, in a called list
model({ ...base, variants: { a: { vcpu: [set_spte, [clear]], ioctl } } });
// @ts-expect-error: a step that needs a member needs forAny
model({ ...base, variants: { a: { vcpu: [fault], ioctl } } });
// @ts-expect-error: a step that returns a number
model({ ...base, variants: { a: { vcpu: [returnsNumber], ioctl } } });
// @ts-expect-error: a step that returns a boolean
model({ ...base, variants: { a: { vcpu: [returnsBoolean], ioctl } } });
// @ts-expect-error: a step that waits
model({ ...base, variants: { a: { vcpu: [sleeps], ioctl } } });
// @ts-expect-error: a step that yields
model({ ...base, variants: { a: { vcpu: [yields], ioctl } } });

// @ts-expect-error: an action has no thread
model({ ...base, actions: [set_spte], variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: an action that is quantified has no thread either
model({ ...base, actions: [forAny(Gfn, fault)], variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: an action of another state
model({ ...base, variants: { a: { vcpu, ioctl, actions: [(s: Other) => void (s.x = 1)] } } });

// Members that a step is quantified over.

// @ts-expect-error: the step takes a gfn
model({ ...base, variants: { a: { vcpu: forAny(Vcpu, fault), ioctl } } });
// @ts-expect-error: the step takes a vCPU and then a gfn
model({ ...base, actions: [forAny(Gfn, Vcpu, fill)], variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: the step takes two members
model({ ...base, actions: [forAny(Vcpu, fill)], variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: a thread's step whose only member is quantified, and whose thread is missing
model({ ...base, variants: { a: { vcpu: [forAny(Vcpu, Gfn, fill)], ioctl } } });
// @ts-expect-error: the step takes no member of an ordered set
model({ ...base, variants: { a: { vcpu: forAny(Slot, fault), ioctl } } });

// Suites.

const invariants = { generationIsSmall: (s: State) => s.generation < 3 };
const reachable = { generationMoves: (s: State) => s.generation > 0 };
const none = { plain: [], locked: [], reading: [], words: [], extras: [] } as const;
suite(right, { invariants, reachable, violated: { ...none, plain: ['generationIsSmall', 'deadlock'] } });
// @ts-expect-error: no verdict for extras
suite(right, { invariants, violated: { plain: [], locked: [], reading: [], words: [] } });
// @ts-expect-error: no such claim
suite(right, { invariants, violated: { ...none, plain: ['generationIsLarge'] } });
// @ts-expect-error: a reachable is not violated
suite(right, { invariants, reachable, violated: { ...none, plain: ['generationMoves'] } });
// @ts-expect-error: no such variant
suite(right, { invariants, violated: { ...none, no_flush: [] } });
// @ts-expect-error: a claim on another state
suite(right, { invariants: { xIsSmall: (s: Other) => s.x < 2 }, violated: none });
// @ts-expect-error: a claim returns true or false
suite(right, { invariants: { generation: (s: State) => s.generation }, violated: none });
// @ts-expect-error: a reachable returns true or false
suite(right, { invariants, reachable: { generation: (s: State) => s.generation }, violated: none });

const leadsTo = {
  moves: [(s: State) => s.generation > 0, (s: State) => s.generation === 0],
  mapped: forEvery(Gfn, [(s: State, gfn) => s.spte[gfn].writable, (s: State, gfn) => !s.spte[gfn].writable]),
} as const;
const eventually = { rests: forEvery(Vcpu, (s: State, vcpu) => idle(s.vcpu[vcpu])) };
suite(right, { invariants, leadsTo, eventually, violated: { ...none, plain: ['moves', 'mapped', 'rests'] } });
// @ts-expect-error: no such claim
suite(right, { invariants, leadsTo, eventually, violated: { ...none, plain: ['maps'] } });
// @ts-expect-error: a leadsTo has two predicates
suite(right, { invariants, leadsTo: { moves: (s: State) => s.generation > 0 }, violated: none });
// @ts-expect-error: an eventually has one
suite(right, { invariants, eventually: { moves: leadsTo.moves }, violated: none });
// @ts-expect-error: a claim on another state
suite(right, { invariants, leadsTo: { xs: [(s: Other) => s.x < 2, (s: Other) => s.x > 2] }, violated: none });
// @ts-expect-error: a member of another set
forEvery(Vcpu, (s: State, vcpu) => s.spte[vcpu].writable);

// What is fair.

model({
  ...base,
  actions: [fair(forAny(Vcpu, Gfn, fill)), fair(drop)],
  variants: { a: { vcpu, ioctl } },
});
// @ts-expect-error: a fair action has no thread
model({ ...base, actions: [fair(set_spte)], variants: { a: { vcpu, ioctl } } });
// @ts-expect-error: a fair step of another thread
model({ ...base, variants: { a: { vcpu: [fair(clear), ...vcpu], ioctl } } });
// @ts-expect-error: a list is not fair, its first step may be
model({ ...base, variants: { a: { vcpu: [fair([set_spte])], ioctl } } });

// What claims may ask of a thread.

export function places(s: State, vcpu: Vcpu): boolean {
  // @ts-expect-error: a place is asked of a thread, not of its number
  return ahead(vcpu, set_spte) || at(vcpu.id, set_spte) || s.generation === 0;
}

// Memory that CPUs share without a lock: neither a lock nor a thread.
memory(bool);
memory(array(Gfn, { writable: bool }));
// @ts-expect-error a lock orders what is stored under it; it is not stored to
memory(spinlock);
// @ts-expect-error the locals of a thread are nobody else's
memory(thread(Vcpu, { gfn: member(Gfn) }));
