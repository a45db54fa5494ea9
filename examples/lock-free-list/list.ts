/**
 * A lock-free list: a sorted linked list whose nodes are added and removed by compare-and-exchange alone.
 *
 * Models: the algorithm of T. Harris, "A Pragmatic Implementation of Non-Blocking Linked-Lists" (2001). A removal is two steps: the node's
 * pointer is marked, so that nobody can add behind it any more; then the node is unlinked, by whoever comes by first.
 *
 * Assumes: a node is not used again for another key (somebody else collects the garbage), and each thread adds or removes one key.
 */
import {
  array,
  bit,
  bool,
  claim,
  blocked,
  exit,
  forAny,
  type Id,
  implies,
  member,
  model,
  NULL,
  type Next,
  type Null,
  once,
  pointer,
  range,
  type StateOf,
  suite,
  thread,
} from 'mmucheck';

const Node = range('node'); // ordered, so that a node can stand for its key
const Adder = range('adder');
const Remover = range('remover');
type Node = Id<typeof Node>;

const state = {
  head: pointer(Node),
  node: array(Node, { next: pointer(Node), marked: bool }),
  adder: thread(Adder, { key: member(Node), prev: pointer(Node), node: pointer(Node), next: pointer(Node) }),
  remover: thread(Remover, { key: member(Node), prev: pointer(Node), node: pointer(Node), next: pointer(Node) }),
  ghost: { used: array(Node, bit), added: array(Node, bit) }, // what was ever added; what was, and has not been removed
};
interface List extends StateOf<typeof state> {}
/** An adder or a remover: they look for their place alike. */
type Thread = List['adder'][0] | List['remover'][0];

/** A pointer and its mark are one word; `NULL` in place of a node stands for the head, which nobody marks. */
function cmpxchgNext(s: List, prev: Node | Null, old: Node | Null, to: Node | Null): boolean {
  if (prev === NULL) {
    if (s.head !== old) return false;
    s.head = to;
    return true;
  }
  if (s.node[prev].next !== old || s.node[prev].marked) return false;
  s.node[prev].next = to;
  return true;
}

function add(s: List, cpu: Thread, key: Node): Next {
  if (s.ghost.used[key]) return blocked;
  s.ghost.used[key] = 1;
  cpu.key = key;
  return restart;
}

function remove(_: List, cpu: Thread, key: Node): Next {
  cpu.key = key;
  return restart;
}

/** Unlinks the marked node that a search has come to. */
function help(s: List, cpu: Thread): Next {
  if (!cmpxchgNext(s, cpu.prev, cpu.node, cpu.next)) return restart;
  cpu.node = cpu.next;
  return search;
}

function restart(s: List, cpu: Thread): void {
  cpu.prev = NULL;
  cpu.node = s.head;
}

/** One node further, up to the first that is not below the key. */
function search(s: List, cpu: Thread): Next {
  if (cpu.node === NULL) return;
  const { next, marked } = s.node[cpu.node];
  if (marked) {
    cpu.next = next;
    return help;
  }
  if (cpu.node >= cpu.key) return;
  cpu.prev = cpu.node;
  cpu.node = next;
  return search;
}

function link(s: List, cpu: Thread): Next {
  s.node[cpu.key].next = cpu.node; // nobody can see it yet
  if (!cmpxchgNext(s, cpu.prev, cpu.node, cpu.key)) return restart;
  s.ghost.added[cpu.key] = 1;
}

function look(s: List, cpu: Thread): Next {
  if (cpu.node !== cpu.key) return exit;
  if (s.node[cpu.key].marked) return restart;
  cpu.next = s.node[cpu.key].next;
}

function mark(s: List, cpu: Thread): Next {
  if (s.node[cpu.key].marked || s.node[cpu.key].next !== cpu.next) return restart;
  s.node[cpu.key].marked = true;
  s.ghost.added[cpu.key] = 0;
}

function unlink(s: List, cpu: Thread): Next {
  if (!cmpxchgNext(s, cpu.prev, cpu.node, cpu.next)) return restart;
  s.ghost.added[cpu.key] = 0;
}

function empty(): void {}

function holdsOne(s: List): void {
  s.head = 0;
  s.ghost.used[0] = 1;
  s.ghost.added[0] = 1;
}

const adder = once(forAny(Node, add), help, restart, search, link);

export const lockFreeList = model({
  name: 'lock-free-list',
  about: 'Whether a node of a lock-free list may be unlinked without having been marked.',
  state,
  bounds: { node: 3, adder: 1, remover: 2 },
  initial: [empty, holdsOne],
  variants: {
    'mark-then-unlink': { adder, remover: once(forAny(Node, remove), help, restart, search, look, mark, unlink) },
    'no-mark': { adder, remover: once(forAny(Node, remove), help, restart, search, look, unlink) },
  },
});

function inList(s: List, key: Node): boolean {
  for (let at = s.head; at !== NULL; at = s.node[at].next) if (at === key) return true;
  return false;
}

/** This is what is lost when a node is added behind one that is being unlinked. */
export const noneLost = claim('what has been added and not removed is in the list', (s: List) =>
  s.ghost.added.every((added, key) => implies(added === 1, () => inList(s, key))),
);

const noneLeft = claim('what is in the list and not marked has been added and not removed', (s: List) =>
  s.node.every(({ marked }, key) => implies(!marked && inList(s, key), () => s.ghost.added[key] === 1)),
);

const sorted = claim('the list is sorted', (s: List) =>
  s.node.every(({ next }, key) => implies(next !== NULL, () => next !== NULL && next > key)),
);

export default suite(lockFreeList, {
  invariants: { noneLost, noneLeft, sorted },
  violated: { 'mark-then-unlink': [], 'no-mark': ['noneLost', 'noneLeft'] },
});
