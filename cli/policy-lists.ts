/** Lists of any length, run through the very steps of a policy that the explorer checks: what `conform` replays a recording on. */
import type { PteListPolicy, PteListSteps } from '#model';
import { type AnyItem, BLOCKED, compile, type Edge, fire, NULL, type Pool, type Program, poolOf } from '#notation';
import type { DescriptorState, ListState, PteLists } from '#recording';

/** PTE_LIST_EXT of the recorded kernels. */
const EXT = 14;

/** An SPTE, by the name the recording gives it; a descriptor, by its place in the pool; `NULL` is -1. */
type Word = string | number;

interface Head {
  spte: Word;
  desc: number;
}

interface Descriptor {
  allocated: boolean;
  more: number;
  spte_count: number;
  tail_count: number;
  readonly sptes: Word[];
}

/** No SPTE. */
const none = NULL as unknown as Word;

/** Lists, all empty, on as many descriptors as they come to need. */
export class PolicyLists implements PteLists {
  readonly #policy: PteListPolicy;
  readonly #add: Program;
  readonly #remove: Program;
  readonly #destroy: Program;
  readonly #heads = new Map<string, number>();
  readonly #state: { rmap_head: Head[]; desc: Descriptor[] };
  readonly #free: number[] = [];

  constructor(policy: PteListPolicy) {
    this.#policy = policy;
    this.#add = programOf('add', policy.add);
    this.#remove = programOf('remove', policy.remove);
    this.#destroy = programOf('destroy', policy.destroy(() => {}) as PteListSteps);
    this.#state = { rmap_head: [], desc: Object.assign([], { [poolOf]: this.#pool() }) };
  }

  add(list: string, spte: string): number {
    return this.#run(this.#add, { rmap_head: this.#headOf(list), spte }).count;
  }

  remove(list: string, spte: string): void {
    this.#run(this.#remove, { rmap_head: this.#headOf(list), spte });
  }

  zapAll(list: string): void {
    this.#run(this.#destroy, { rmap_head: this.#headOf(list) });
  }

  count(list: string): number {
    return this.#policy.count(this.#state as never, this.#head(list) as never);
  }

  state(list: string): ListState {
    const { spte, desc } = this.#head(list);
    if (desc === -1) return spte === none ? { k: 'empty' } : { k: 'one', s: spte as string };
    return { k: 'many', d: this.#chain(desc).map((id) => this.#described(id)) };
  }

  load(list: string, state: ListState): void {
    const head = this.#head(list);
    for (const id of this.#chain(head.desc)) this.#clear(id);
    head.spte = state.k === 'one' ? state.s : none;
    head.desc = -1;
    if (state.k !== 'many') return;
    const { keeps } = this.#policy;
    for (const { n, t, s } of state.d.toReversed()) {
      const id = this.#take();
      const desc = this.#state.desc[id] as Descriptor;
      desc.more = head.desc;
      if (keeps !== 'nothing') desc.spte_count = n;
      if (keeps === 'tail_count') desc.tail_count = t ?? this.#tailOf(head.desc);
      desc.sptes.splice(0, s.length, ...s);
      head.desc = id;
    }
  }

  /** Runs a list of steps from its start to its end, as nobody else does anything. */
  #run(program: Program, given: { rmap_head: number; spte?: string }): { count: number } {
    // Nothing is read before it is written: the explorer has seen to that.
    const op = { ...given, count: 0, iter: {} };
    const caller = { op };
    let point = 0;
    do {
      const [edge] = program.points[point] as [Edge];
      point = fire(this.#state, caller, edge, {});
      if (point === BLOCKED)
        throw new Error(`[conform bug] ${edge.label} is not enabled, and there is no end of descriptors`);
    } while (point !== program.end);
    return op;
  }

  #pool(): Pool {
    return {
      name: 'desc',
      // One is enough: which descriptor a list gets is not compared.
      candidates: () => [this.#free.at(-1) ?? this.#grow()],
      take: (id) => {
        this.#free.splice(this.#free.lastIndexOf(id), 1);
        (this.#state.desc[id] as Descriptor).allocated = true;
      },
      release: (id) => {
        const desc = this.#state.desc[id] as Descriptor;
        const was = desc.allocated;
        desc.allocated = false;
        this.#free.push(id);
        return was;
      },
    };
  }

  #grow(): number {
    const sptes = Array.from({ length: EXT }, () => none);
    const id = this.#state.desc.push({ allocated: false, more: -1, spte_count: 0, tail_count: 0, sptes }) - 1;
    this.#free.push(id);
    return id;
  }

  #take(): number {
    const id = this.#free.at(-1) ?? this.#grow();
    this.#free.pop();
    (this.#state.desc[id] as Descriptor).allocated = true;
    return id;
  }

  #clear(id: number): void {
    const desc = this.#state.desc[id] as Descriptor;
    desc.sptes.fill(none);
    Object.assign(desc, { allocated: false, more: -1, spte_count: 0, tail_count: 0 });
    this.#free.push(id);
  }

  #headOf(list: string): number {
    const known = this.#heads.get(list);
    if (known !== undefined) return known;
    const made = this.#state.rmap_head.push({ spte: none, desc: -1 }) - 1;
    this.#heads.set(list, made);
    return made;
  }

  #head(list: string): Head {
    return this.#state.rmap_head[this.#headOf(list)] as Head;
  }

  /** The descriptors from one on. */
  #chain(from: number): number[] {
    const chain: number[] = [];
    for (let id = from; id !== -1; id = (this.#state.desc[id] as Descriptor).more) chain.push(id);
    return chain;
  }

  #described(id: number): DescriptorState {
    const desc = this.#state.desc[id] as Descriptor;
    const { keeps } = this.#policy;
    const end = desc.sptes.indexOf(none);
    const used = end === -1 ? EXT : end;
    const described = {
      a: `#${id}`,
      n: keeps === 'nothing' ? used : desc.spte_count,
      s: desc.sptes.slice(0, used) as string[],
    };
    return keeps === 'tail_count' ? { ...described, t: desc.tail_count } : described;
  }

  #tailOf(id: number): number {
    return this.#chain(id).reduce((sum, each) => sum + (this.#state.desc[each] as Descriptor).spte_count, 0);
  }
}

/** The points of an operation's steps. It may leave by `exit`, which ends it. */
function programOf(operation: string, steps: PteListSteps): Program {
  return compile('conform', operation, steps as readonly AnyItem[], {});
}
