/** The second reference model: pte_list with tail counts, each operation one action. */
import {
  array,
  blocked,
  forAny,
  type Id,
  model,
  type Next,
  NULL,
  pointer,
  range,
  type StateOf,
  suite,
  symmetric,
  upTo,
} from '#notation';

const Head = range('head');
const Spte = range('spte');
const Desc = symmetric('desc');
const Slot = range('ext');
type Head = Id<typeof Head>;
type Spte = Id<typeof Spte>;

const state = {
  /** Empty, one SPTE inline, or a list of descriptors. */
  head: array(Head, { one: pointer(Spte), many: pointer(Desc) }),
  desc: array(Desc, { more: pointer(Desc), cnt: upTo(Slot), tail: upTo(Spte), slot: array(Slot, pointer(Spte)) }),
  where: array(Spte, pointer(Head)),
};
interface PteList extends StateOf<typeof state> {}

function isFree({ cnt }: PteList['desc'][Id<typeof Desc>]): boolean {
  return cnt === 0;
}

function add(s: PteList, x: Spte, h: Head): Next {
  if (s.where[x] !== NULL) return blocked;
  const head = s.head[h];
  if (head.many !== NULL) {
    const desc = s.desc[head.many];
    if (desc.cnt < desc.slot.length) {
      desc.slot[desc.cnt] = x;
      desc.cnt += 1;
    } else {
      const e = s.desc.findIndex(isFree);
      if (e === NULL) return blocked;
      s.desc[e].more = head.many;
      s.desc[e].tail = desc.tail + desc.cnt;
      s.desc[e].cnt = 1;
      s.desc[e].slot[0] = x;
      head.many = e;
    }
  } else if (head.one !== NULL) {
    const d = s.desc.findIndex(isFree);
    if (d === NULL) return blocked;
    s.desc[d].slot[0] = head.one;
    s.desc[d].slot[1] = x;
    s.desc[d].cnt = 2;
    head.one = NULL;
    head.many = d;
  } else head.one = x;
  s.where[x] = h;
}

/** Takes the last entry of the head descriptor into the hole. */
function remove(s: PteList, x: Spte): Next {
  const h = s.where[x];
  if (h === NULL) return blocked;
  s.where[x] = NULL;
  const head = s.head[h];
  if (head.many === NULL) {
    head.one = NULL;
    return;
  }
  const first = s.desc[head.many];
  let { slot } = first;
  let more = first.more;
  let hole = slot.indexOf(x);
  while (hole === NULL && more !== NULL) {
    ({ slot, more } = s.desc[more]);
    hole = slot.indexOf(x);
  }
  const last = first.cnt - 1;
  slot[hole as number] = first.slot[last];
  first.slot[last] = NULL;
  first.cnt = last;
  if (last > 0) return;
  head.many = first.more;
  first.more = NULL;
  first.tail = 0;
}

/** The code before the patch: takes the last entry of the descriptor that holds the hole. */
function remove_from_same(s: PteList, x: Spte): Next {
  const h = s.where[x];
  if (h === NULL) return blocked;
  s.where[x] = NULL;
  const head = s.head[h];
  if (head.many === NULL) {
    head.one = NULL;
    return;
  }
  let previous: Id<typeof Desc> | typeof NULL = NULL;
  let d = head.many;
  while (!s.desc[d].slot.includes(x)) {
    previous = d;
    d = s.desc[d].more as Id<typeof Desc>;
  }
  const desc = s.desc[d];
  const last = desc.cnt - 1;
  desc.slot[desc.slot.indexOf(x) as number] = desc.slot[last];
  desc.slot[last] = NULL;
  desc.cnt = last;
  if (last > 0) return;
  if (previous === NULL) head.many = desc.more;
  else s.desc[previous].more = desc.more;
  desc.more = NULL;
  desc.tail = 0;
}

export const pteListReference = model({
  name: 'pte-list-reference',
  about: 'Case P and Q: pte_list_add and pte_list_remove with tail counts.',
  state,
  bounds: { head: 2, spte: 7, ext: 3, desc: 3 },
  variants: {
    'tail-count': { actions: [forAny(Spte, Head, add), forAny(Spte, remove)] },
    'remove-from-same': { actions: [forAny(Spte, Head, add), forAny(Spte, remove_from_same)] },
  },
});

/** The reference's invariant, all of it. */
function wellFormed(s: PteList): boolean {
  let used = 0;
  let listed = 0;
  for (let h = 0; h < s.head.length; h++) {
    const { one, many } = s.head[h];
    if (one !== NULL) {
      if (many !== NULL || s.where[one] !== h) return false;
      listed |= 1 << one;
    }
    let after = many === NULL ? 0 : s.desc[many].tail + s.desc[many].cnt;
    for (let d = many; d !== NULL; ) {
      const { cnt, tail, slot, more } = s.desc[d];
      if (++used > s.desc.length) return false;
      if (d === many ? cnt === 0 : cnt !== slot.length) return false;
      after -= cnt;
      if (tail !== after || (more === NULL && tail !== 0)) return false;
      for (let i = 0; i < slot.length; i++) {
        const x = slot[i];
        if (x === NULL) {
          if (i < cnt) return false;
        } else {
          if (i >= cnt || s.where[x] !== h || listed & (1 << x)) return false;
          listed |= 1 << x;
        }
      }
      d = more;
    }
  }
  for (const { cnt, more, tail, slot } of s.desc) {
    if (cnt > 0) continue;
    used++;
    if (more !== NULL || tail !== 0) return false;
    for (let i = 0; i < slot.length; i++) if (slot[i] !== NULL) return false;
  }
  for (let x = 0; x < s.where.length; x++) if (s.where[x] !== NULL) listed ^= 1 << x;
  return used === s.desc.length && listed === 0;
}

export const pteListReferenceSuite = suite(pteListReference, {
  invariants: { wellFormed },
  violated: { 'tail-count': [], 'remove-from-same': ['wellFormed'] },
});
