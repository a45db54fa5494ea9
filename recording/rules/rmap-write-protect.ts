/** Write protection of one rmap, SPTE by SPTE. */
import type { TraceEvent } from '../events.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { type Memory, MMU_WRITEABLE, PT_WRITABLE_MASK } from './memory.ts';

const everySpte = {
  name: 'every SPTE protected',
  sentence:
    'write-protecting an rmap takes W from each of its SPTEs that has it, in the order of the list, and nothing else',
} as const satisfies Rule;

export const rmapWriteProtectRules = [everySpte];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

interface Walk {
  /** What is to be taken from each SPTE: W for the dirty log, for write tracking MMU-writable too. */
  readonly bits: bigint;
  /** SPTEs that have it still, in the order of the list. */
  readonly left: bigint[];
  /** SPTEs of which nothing is known; undefined where that is all of them, as the list is not known. */
  readonly unknown: ReadonlySet<bigint> | undefined;
  any: boolean;
}

/** Every `rmap_write_protect`, from its call to its return. */
export function checkRmapWriteProtection(ledger: Ledger, memory: Memory): Checker {
  const walks = new Map<string, Walk>();
  return {
    take(event) {
      const walk = walks.get(event.pid);
      if (event.name === 'rmap_wp') walks.set(event.pid, begin(event));
      else if (event.name === 'spte_update' && walk !== undefined) protects(event, walk);
      else if (event.name === 'rmap_wp_ret' && walk !== undefined) {
        walks.delete(event.pid);
        ledger.same(everySpte, event, 'writable SPTEs left', 0, walk.left.length);
        ledger.same(everySpte, event, 'ret', Number(walk.any), event.ret);
      }
    },
  };

  function begin({ head, pt_protect }: Named<'rmap_wp'>): Walk {
    const bits = pt_protect === 1 ? PT_WRITABLE_MASK | MMU_WRITEABLE : PT_WRITABLE_MASK;
    const entries = memory.entries(head);
    const left = (entries ?? []).filter((sptep) => ((memory.sptes.get(sptep) ?? 0n) & bits) !== 0n);
    const unknown = entries && new Set(entries.filter((sptep) => !memory.sptes.has(sptep)));
    return { bits, left, unknown, any: false };
  }

  function protects(event: Named<'spte_update'>, walk: Walk): void {
    walk.any = true;
    ledger.same(everySpte, event, 'new', event.old & ~walk.bits, event.new);
    if (walk.unknown === undefined || walk.unknown.has(event.sptep)) return;
    const next = walk.left.shift();
    ledger.check(
      everySpte,
      event,
      next === event.sptep,
      () => (next === undefined ? 'no more SPTEs to protect' : `sptep ${hex(next)}`),
      () => hex(event.sptep),
    );
  }
}
