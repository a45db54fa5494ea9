/** A model of a few steps for each feature of the notation, for tests that hold one execution against another. */
import {
  alloc,
  atomically,
  BUG_ON,
  blocked,
  choose,
  cond_resched,
  either,
  exit,
  fair,
  forAny,
  free,
  holding,
  type Instance,
  lockdep_assert_held,
  might_sleep,
  type Next,
  NULL,
  once,
  read,
  WARN_ON_ONCE,
} from '#notation';
import { type Cell, type Cpu, Page, Slot, type Tiny, tiny } from './tiny.ts';

function increment(s: Tiny): Next {
  if (s.x === 4) return blocked;
  s.x = s.x + 1;
}
function wrap(s: Tiny): void {
  s.y = s.y === 3 ? 0 : s.y + 1;
}
function overflow(s: Tiny): void {
  s.y = s.y + 4;
}
function toggle(s: Tiny): void {
  s.flag = !s.flag;
}
function nothing(): void {}
function untilFlag(s: Tiny): Next {
  if (!s.flag) return blocked;
}
function setFlag(s: Tiny): Next {
  if (s.flag) return blocked;
  s.flag = true;
}
function remember(s: Tiny, cpu: Cpu): void {
  cpu.i = s.y;
}
function storePlusOne(s: Tiny, cpu: Cpu): void {
  s.y = Math.min(3, cpu.i + 1);
}
function choosePage(s: Tiny, cpu: Cpu, page: Page): Next {
  if (s.bits[page] === 1) return blocked;
  cpu.page = page;
}
function setBit(s: Tiny, cpu: Cpu): void {
  s.bits[cpu.page] = 1;
}
function clearBit(s: Tiny, cpu: Cpu): void {
  s.bits[cpu.page] = 0;
}
function nextColor(s: Tiny): void {
  s.color = s.color === 'red' ? 'green' : s.color === 'green' ? 'blue' : 'red';
}
function exitIfFlag(s: Tiny): Next {
  if (s.flag) return exit;
}
function retry(s: Tiny): Next {
  if (s.y < 2) return wrap;
}
function roll(s: Tiny): void {
  s.y = choose(3);
}
function rollTwice(s: Tiny): void {
  if (choose(2) === 1) s.x = choose(2);
  else s.y = 1;
}
function visit(_: Tiny, cpu: Cpu, page: Page): Next {
  if (cpu.mine[page]) return blocked;
  cpu.mine[page] = 1;
  if (cpu.mine.includes(0)) return visit;
}
function write(s: Tiny, page: Page): Next {
  if (s.bits[page]) return blocked;
  s.bits[page] = 1;
}
function writeSpte(s: Tiny, page: Page, slot: Slot): Next {
  if (s.spte[page].writable && slot === 0) return blocked;
  s.spte[page].writable = slot === 0;
  s.spte[page].level = slot === 0 ? '4K' : '2M';
  s.best = page;
}
function count(s: Tiny, slot: Slot): void {
  s.counts[slot] = s.counts[slot] + 1;
}
function push(s: Tiny, cpu: Cpu): void {
  cpu.cell = alloc(s.cell);
}
function link(s: Tiny, cpu: Cpu): Next {
  if (cpu.cell === NULL) return exit;
  s.cell[cpu.cell].next = s.head;
  s.cell[cpu.cell].value = cpu.id;
  s.head = cpu.cell;
}
function pop(s: Tiny, cpu: Cpu): Next {
  const cell = s.head;
  if (cell === NULL) return blocked;
  s.head = s.cell[cell].next;
  cpu.cell = cell;
}
function clear(s: Tiny, cpu: Cpu): void {
  const cell = cpu.cell as Cell;
  s.cell[cell].next = NULL;
  s.cell[cell].value = 0;
}
function release(s: Tiny, cpu: Cpu): void {
  free(s.cell, cpu.cell as Cell);
}
function freeHead(s: Tiny): Next {
  if (s.head === NULL || !s.cell[s.head].allocated) return blocked;
  s.cell[s.head].next = NULL;
  s.cell[s.head].value = 0;
  free(s.cell, s.head);
}
function breaks(s: Tiny): void {
  BUG_ON(s.x === 2, 'x is 2');
}
function warns(s: Tiny): void {
  WARN_ON_ONCE(s.x === 1, 'x is 1');
  s.y = 1;
}
function throws(s: Tiny): void {
  if (s.x === 3) throw new Error('x is 3');
}
function writesAndBlocks(s: Tiny): Next {
  if (s.x === 2) s.y = 3;
  return blocked;
}
function readsNone(s: Tiny, cpu: Cpu): void {
  if (s.x === 2) s.y = cpu.i;
}
function assertLock(s: Tiny): void {
  lockdep_assert_held(s.lock);
}
function sleeps(): void {
  might_sleep();
}
function failsForSome(s: Tiny, page: Page): void {
  BUG_ON(s.bits[page] === 1, 'set already');
  s.bits[page] = 1;
}
function warnsForSome(s: Tiny, page: Page): void {
  WARN_ON_ONCE(s.bits[page] === 1, 'set already');
  s.bits[page] = 1;
}
function failsForSomeRoll(s: Tiny): void {
  BUG_ON(s.y === choose(3), 'as rolled');
  s.y = choose(2);
}
function everySecond(s: Tiny): void {
  s.bits.forEach((_, page) => {
    s.bits[page] = 1;
  });
}
function allocated(s: Tiny): void {
  s.cell.forEach((cell) => {
    cell.value = 1;
  });
}
function zero(): void {}

const two = { cpu: 2 };

/** By what they show. All have fewer than 5,000 states. */
export const tinyModels: Readonly<Record<string, Instance>> = {
  'a sequence': tiny([increment, wrap], { bounds: two }),
  'a self-loop': tiny([nothing], { bounds: two }),
  'steps that wait for hardware': tiny([untilFlag, toggle], { bounds: two, actions: [setFlag] }),
  'steps that wait for ever': tiny([increment, untilFlag], { bounds: two }),
  'a lost update': tiny([remember, storePlusOne], { bounds: { cpu: 3 } }),
  'a lost update under a lock': tiny([...holding('lock', remember, storePlusOne)], { bounds: { cpu: 3 } }),
  'a lost update in one transition': tiny([atomically(remember, storePlusOne)], { bounds: { cpu: 3 } }),
  'two locks in one order': tiny([...holding('outer', ...holding('lock', wrap))], { bounds: { cpu: 3 } }),
  'two locks in both orders': tiny(
    either([...holding('outer', ...holding('lock', wrap))], [...holding('lock', ...holding('outer', toggle))]),
    { bounds: two },
  ),
  'readers and writers': tiny(either([...holding(read('rw'), remember)], [...holding('rw', wrap)]), {
    bounds: { cpu: 3 },
  }),
  'a yield': tiny([...holding('lock', remember, cond_resched('lock'), storePlusOne)], { bounds: { cpu: 3 } }),
  'a yield of a reader': tiny(
    [...holding(read('rw'), remember, cond_resched(read('rw')), storePlusOne), ...holding('rw', wrap)],
    {
      bounds: two,
    },
  ),
  'members of a set': tiny([forAny(Page, choosePage), setBit, clearBit], { bounds: { cpu: 2, page: 3 } }),
  'exit under a lock': tiny([remember, ...holding('lock', exitIfFlag, wrap), toggle], { bounds: two }),
  'exit of a called list': tiny([remember, [exitIfFlag, wrap], toggle], { bounds: two }),
  'a goto': tiny([remember, wrap, retry, toggle], { bounds: two }),
  'a goto to itself': tiny([remember, forAny(Page, visit), wrap], { bounds: { cpu: 2, page: 3 } }),
  'a list that runs once': tiny(once(increment, remember, storePlusOne), { bounds: { cpu: 3 } }),
  'a list that runs once and waits': tiny(once(increment, untilFlag, wrap), { bounds: two, actions: [] }),
  'optional steps': tiny([remember, either([wrap], []), either([], [toggle]), storePlusOne], { bounds: two }),
  'branches under a lock': tiny([...holding('lock', either([wrap, wrap], [toggle], [])), remember, nextColor], {
    bounds: two,
  }),
  choices: tiny([roll, rollTwice, increment], { bounds: two }),
  'choices in one transition': tiny(
    [atomically(roll, either([wrap], [toggle]), forAny(Page, choosePage), setBit), increment],
    {
      bounds: two,
    },
  ),
  'members in one transition': tiny(
    [atomically(either([wrap], [toggle]), forAny(Page, choosePage), setBit), increment],
    { bounds: two },
  ),
  'a fold that waits': tiny([atomically(toggle, ...holding('lock', increment, untilFlag)), remember], { bounds: two }),
  'a fold that takes a lock others hold': tiny([atomically(...holding('lock', wrap)), ...holding('lock', toggle)], {
    bounds: two,
  }),
  'hardware with arguments': tiny([forAny(Page, choosePage), clearBit], {
    bounds: { cpu: 1, page: 2, slot: 2 },
    actions: [forAny(Page, write), forAny(Page, Slot, writeSpte)],
  }),
  'several initial states': tiny([increment, remember], { bounds: two, initial: [zero, everySecond, allocated] }),
  'a pool': tiny(either([push, link], [pop, clear, release]), { bounds: { cpu: 2, cell: 3 } }),
  'a pool whose members are not cleared': tiny(either([push, link], [pop, release]), { bounds: { cpu: 2, cell: 2 } }),
  'a pointer to what is free': tiny(either([push, link], [freeHead]), { bounds: { cpu: 1, cell: 3 } }),
  'a double free': tiny(either([push, link], [pop, release, release]), { bounds: { cpu: 1, cell: 2 } }),
  'a pool in one transition': tiny(either([atomically(push, link)], [atomically(pop, clear, release)]), {
    bounds: { cpu: 2, cell: 3 },
  }),
  'a BUG_ON': tiny([increment, breaks, wrap], { bounds: two }),
  'a failure in one transition': tiny([increment, atomically(wrap, breaks)], { bounds: two }),
  'a warning': tiny([increment, warns, wrap], { bounds: two }),
  'a warning and a self-loop': tiny([warns, increment], { bounds: { cpu: 1 } }),
  'a step that throws': tiny([increment, throws], { bounds: two }),
  'a step that wrote and blocks': tiny(either([increment], [writesAndBlocks]), { bounds: two }),
  'a value out of range': tiny([increment, overflow], { bounds: two }),
  'fair steps': tiny([fair(forAny(Page, choosePage)), clearBit], {
    bounds: { cpu: 2, page: 3 },
    actions: [fair(setFlag), fair(forAny(Page, Slot, writeSpte)), fair(forAny(Page, failsForSome))],
  }),
  'a value of a row out of range': tiny([increment], { bounds: { slot: 2 }, actions: [forAny(Slot, count)] }),
  'a local that is none': tiny([increment, readsNone], { bounds: two }),
  'a lock that is not held': tiny(either([...holding('lock', assertLock)], [increment, assertLock]), { bounds: two }),
  'sleeping under a lock': tiny([...holding('lock', increment, sleeps)], { bounds: two }),
  'a failure for some members': tiny([increment], { bounds: { page: 3 }, actions: [forAny(Page, failsForSome)] }),
  'a warning for some members': tiny([increment], { bounds: { page: 3 }, actions: [forAny(Page, warnsForSome)] }),
  'a failure for some choices': tiny([increment, failsForSomeRoll], { bounds: two }),
  'several failures in one state': tiny(either([increment], [breaks], [throws], [overflow]), { bounds: two }),
};

/** Claims that are true in some states of these models and false in others. */
export const tinyClaims = {
  invariants: {
    xIsSmall: (s: Tiny) => s.x < 3,
    yIsSmall: (s: Tiny) => s.y < 3,
    nobodyHasTheLock: (s: Tiny) => !s.lock.held && !s.rw.heldForWrite,
    bitsAreClear: (s: Tiny) => s.bits.every((each) => each === 0) && s.spte.every(({ writable }) => !writable),
    listIsEmpty: (s: Tiny) => s.head === NULL || s.cell[s.head].next === NULL,
    true: () => true,
  },
  reachable: {
    flagIsSet: (s: Tiny) => s.flag,
    colorIsBlue: (s: Tiny) => s.color === 'blue',
    allAllocated: (s: Tiny) => s.cell.every((cell) => cell.allocated),
    never: () => false,
  },
};
