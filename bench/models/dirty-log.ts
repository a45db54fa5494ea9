/** The third reference model: vCPUs that fault, and an ioctl that reaps the dirty log, with an SPTE of its own for each vCPU and page. */
import {
  ahead,
  array,
  at,
  bit,
  blocked,
  forAny,
  holding,
  holds,
  type Id,
  idle,
  member,
  model,
  type Next,
  passed,
  range,
  type StateOf,
  spinlock,
  suite,
  thread,
  upTo,
} from '#notation';

const Vcpu = range('vcpu');
const Page = range('page');
const Ioctl = range('ioctl');
/** The larger of the number of pages and of vCPUs: the ioctl's cursor counts either, from 1. */
const Cursor = range('cursor');
type VcpuId = Id<typeof Vcpu>;
type Page = Id<typeof Page>;

const state = {
  lock: spinlock,
  vcpu: thread(Vcpu, { tg: member(Page) }),
  ioctl: thread(Ioctl, { ig: upTo(Cursor) }),
  w: array(Vcpu, array(Page, bit)),
  tlb: array(Vcpu, array(Page, bit)),
  rm: array(Page, array(Vcpu, bit)),
  bm: array(Page, bit),
  snap: array(Page, bit),
  ghost: { wr: array(Page, bit) },
};
interface Log extends StateOf<typeof state> {}
type Vcpu = Log['vcpu'][VcpuId];
type Ioctl = Log['ioctl'][Id<typeof Ioctl>];

function TlbLoad(s: Log, v: VcpuId, g: Page): Next {
  if (!idle(s.vcpu[v]) || !s.w[v][g] || s.tlb[v][g]) return blocked;
  s.tlb[v][g] = 1;
}

function Write(s: Log, v: VcpuId, g: Page): Next {
  if (!idle(s.vcpu[v]) || !s.tlb[v][g] || s.ghost.wr[g]) return blocked;
  s.ghost.wr[g] = 1;
}

function Fault(s: Log, v: Vcpu, g: Page): Next {
  if (s.w[v.id][g] || s.tlb[v.id][g]) return blocked;
  v.tg = g;
}

function FSpte(s: Log, v: Vcpu): void {
  s.w[v.id][v.tg] = 1;
}

function FRmap(s: Log, v: Vcpu): void {
  s.rm[v.tg][v.id] = 1;
}

function FMark(s: Log, v: Vcpu): void {
  s.bm[v.tg] = 1;
}

function IStart(_: Log, ioctl: Ioctl): void {
  ioctl.ig = 1;
}

function IRead(s: Log, ioctl: Ioctl): Next {
  const g = ioctl.ig - 1;
  s.snap[g] = s.bm[g];
  s.bm[g] = 0;
  if (ioctl.ig < s.bm.length) {
    ioctl.ig += 1;
    return IRead;
  }
  ioctl.ig = 1;
}

function IWalk(s: Log, ioctl: Ioctl): Next {
  const g = ioctl.ig - 1;
  if (s.snap[g]) {
    for (let v = 0; v < s.w.length; v++) if (s.rm[g][v]) s.w[v][g] = 0;
  }
  if (ioctl.ig < s.bm.length) {
    ioctl.ig += 1;
    return IWalk;
  }
  ioctl.ig = 1;
}

function IFlush(s: Log, ioctl: Ioctl): Next {
  const tlb = s.tlb[ioctl.ig - 1];
  for (let g = 0; g < tlb.length; g++) tlb[g] = 0;
  if (ioctl.ig < s.tlb.length) {
    ioctl.ig += 1;
    return IFlush;
  }
  ioctl.ig = 0;
}

function IDeliver(s: Log): void {
  for (let g = 0; g < s.snap.length; g++) {
    if (s.snap[g]) s.ghost.wr[g] = 0;
    s.snap[g] = 0;
  }
}

function IDone(): void {}

const ioctl = [IStart, IRead, ...holding('lock', IWalk), IFlush, IDeliver, IDone];

export const dirtyLogReference = model({
  name: 'dirty-log-reference',
  about: 'Case L: the dirty log with the ioctl exchanging bits without the lock.',
  state,
  bounds: { vcpu: 5, page: 1, ioctl: 1, cursor: 5 },
  actions: [forAny(Vcpu, Page, TlbLoad), forAny(Vcpu, Page, Write)],
  variants: {
    'mark-last': { vcpu: [forAny(Page, Fault), ...holding('lock', FSpte, FRmap, FMark)], ioctl },
    'mark-first': { vcpu: [forAny(Page, Fault), FMark, ...holding('lock', FSpte, FRmap)], ioctl },
  },
});

/** When the ioctl is done, a page that is or can be written is marked, or a vCPU is about to mark it (in the right order, next but one at most). */
function delivered(s: Log): boolean {
  if (!at(s.ioctl[0], IDone)) return true;
  for (let g = 0; g < s.bm.length; g++) if (!s.bm[g] && isWritable(s, g) && !isMarked(s, g)) return false;
  return true;
}

function isWritable(s: Log, g: Page): boolean {
  if (s.ghost.wr[g]) return true;
  for (let v = 0; v < s.w.length; v++) if (s.w[v][g] || s.tlb[v][g]) return true;
  return false;
}

/** Whether a vCPU is about to mark a page. */
function isMarked(s: Log, g: Page): boolean {
  for (let v = 0; v < s.vcpu.length; v++) {
    const vcpu = s.vcpu[v];
    if ((at(vcpu, FMark) || (at(vcpu, FRmap) && ahead(vcpu, FMark))) && vcpu.tg === g) return true;
  }
  return false;
}

/** A writable SPTE is in the rmap, or its vCPU is about to insert it. */
function inRmap(s: Log): boolean {
  for (let v = 0; v < s.w.length; v++) {
    for (let g = 0; g < s.bm.length; g++) {
      if (s.w[v][g] && !s.rm[g][v] && !(at(s.vcpu[v], FRmap) && s.vcpu[v].tg === g)) return false;
    }
  }
  return true;
}

/** Whoever is inside the critical section holds the lock, and nobody else. */
function locked(s: Log): boolean {
  const ioctl = s.ioctl[0];
  const walks = at(ioctl, IWalk) || (passed(ioctl, IWalk) && ahead(ioctl, IFlush) && !at(ioctl, IFlush));
  if (holds(s.lock, ioctl) !== walks) return false;
  for (let v = 0; v < s.vcpu.length; v++) {
    const vcpu = s.vcpu[v];
    if (holds(s.lock, vcpu) !== (at(vcpu, FSpte) || passed(vcpu, FSpte))) return false;
  }
  return true;
}

export const dirtyLogReferenceSuite = suite(dirtyLogReference, {
  invariants: { delivered, inRmap, locked },
  violated: { 'mark-last': [], 'mark-first': ['delivered'] },
});
