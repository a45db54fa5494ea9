/** Models of stateright's tests and examples, written afresh: an increment that is lost, a linear equation, processes in two states. */
import {
  array,
  blocked,
  forAny,
  type Id,
  model,
  type Next,
  oneOf,
  type StateOf,
  suite,
  symmetric,
  upTo,
} from '#notation';

const Thread = symmetric('thread');
type Thread = Id<typeof Thread>;

const counter = { i: upTo(3), thread: array(Thread, { t: upTo(3), pc: oneOf('read', 'write', 'done') }) };
interface Counter extends StateOf<typeof counter> {}

function Read(s: Counter, n: Thread): Next {
  if (s.thread[n].pc !== 'read') return blocked;
  s.thread[n].t = s.i;
  s.thread[n].pc = 'write';
}
function Write(s: Counter, n: Thread): Next {
  if (s.thread[n].pc !== 'write') return blocked;
  s.i = s.thread[n].t + 1;
  s.thread[n].pc = 'done';
}

/** The counter says how many threads are done. */
function fin(s: Counter): boolean {
  return s.thread.reduce((sum, { pc }) => sum + Number(pc === 'done'), 0) === s.i;
}

export const incrementSuite = suite(
  model({
    name: 'increment',
    about: 'Each thread reads a counter and writes one more.',
    state: counter,
    bounds: { thread: 2 },
    variants: { increment: { actions: [forAny(Thread, Read), forAny(Thread, Write)] } },
  }),
  { invariants: { fin }, violated: { increment: ['fin'] } },
);

const numbers = { x: upTo(255), y: upTo(255) };
interface Numbers extends StateOf<typeof numbers> {}

function IncreaseX(s: Numbers): void {
  s.x = (s.x + 1) % 256;
}
function IncreaseY(s: Numbers): void {
  s.y = (s.y + 1) % 256;
}

export const equationSuite = suite(
  model({
    name: 'linear-equation',
    about: 'All pairs of bytes.',
    state: numbers,
    bounds: {},
    variants: { all: { actions: [IncreaseX, IncreaseY] } },
  }),
  {
    invariants: {
      /** 2x + 4y = 7 has no solution modulo 256. */
      odd: (s: Numbers) => (2 * s.x + 4 * s.y) % 256 !== 7,
    },
    violated: { all: [] },
  },
);

const Process = symmetric('process');
type Process = Id<typeof Process>;
const processes = { process: array(Process, { is: oneOf('loading', 'running', 'paused') }) };
interface Processes extends StateOf<typeof processes> {}

function turn(s: Processes, p: Process): void {
  const own = s.process[p];
  own.is = own.is === 'running' ? 'paused' : 'running';
}

export const processesSuite = suite(
  model({
    name: 'processes',
    about: 'Each process has been loaded, and then runs and pauses.',
    state: processes,
    bounds: { process: 2 },
    variants: { all: { actions: [forAny(Process, turn)] } },
  }),
  { invariants: {}, violated: { all: [] } },
);
