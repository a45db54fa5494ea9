/** How a whole list is zapped: in one pass, or entry by entry. What becomes of an SPTE itself is for the model to say. */
import { exit, type Item, type Next, NULL, type Null } from '#notation';
import {
  type ListKey,
  type PteListCaller,
  type PteListOp,
  type PteListStep,
  type PteListSteps,
  type PteLists,
  publish,
  type RmapHead,
  type Spte,
} from './pte-list-shape.ts';

/** Clears one SPTE in the model's own state; called once for each entry that is met. */
export type ClearSpte<State> = (s: State, spte: Spte) => void;

/** Makes the steps of a zap over the lists of a model's state. */
export type Zap = <List extends ListKey, Rest>(
  clear: ClearSpte<PteLists<List> & Rest>,
) => readonly Item<PteLists<List> & Rest, PteListCaller<List>, never>[];

/** Since 5.15: no entry is moved, each descriptor is freed once its `more` has been read, and the head word is stored last. */
export function onePass(freeDescriptor: PteListStep): Zap {
  return <List extends ListKey, Rest>(clear: ClearSpte<PteLists<List> & Rest>) => {
    type State = PteLists<List> & Rest;
    type Caller = PteListCaller<List>;

    function pte_list_destroy(s: State, { op }: Caller): Next {
      const { spte, desc } = s.rmap_head[op.rmap_head];
      op.iter.desc = NULL;
      if (desc !== NULL) {
        op.from = desc;
        op.iter.pos = 0;
        return;
      }
      if (spte === NULL) return exit;
      clear(s, spte);
      return reset_rmap_head;
    }

    function mmu_spte_clear_track_bits(s: State, { op }: Caller): Next {
      const { sptes, spte_count, more } = s.desc[op.from];
      const spte = sptes[op.iter.pos];
      if (spte !== NULL) clear(s, spte);
      if (op.iter.pos + 1 < spte_count) {
        op.iter.pos++;
        return mmu_spte_clear_track_bits;
      }
      op.iter.desc = more;
    }

    function reset_rmap_head(s: State, { op }: Caller): Next {
      if (op.iter.desc !== NULL) {
        op.from = op.iter.desc;
        op.iter.desc = NULL;
        op.iter.pos = 0;
        return mmu_spte_clear_track_bits;
      }
      publish(s.rmap_head[op.rmap_head], NULL);
    }

    return [pte_list_destroy, mmu_spte_clear_track_bits, freeDescriptor, reset_rmap_head];
  };
}

type Descs = Pick<PteLists, 'desc'>;
type Iterating = Pick<PteListOp, 'iter'>;

/** What to remove next from a list; sets `op.iter`. */
type NextEntry = <List extends ListKey>(s: PteLists<List>, op: PteListOp<List>) => Spte | Null;

/** Before 5.15: one entry after the other is cleared and removed. Kernels look from the head on each time. */
export function entryByEntry(remove: PteListSteps, another: NextEntry = rmap_get_first): Zap {
  return <List extends ListKey, Rest>(clear: ClearSpte<PteLists<List> & Rest>) => {
    type State = PteLists<List> & Rest;
    type Caller = PteListCaller<List>;

    function kvm_zap_rmapp(s: State, { op }: Caller): Next {
      const spte = rmap_get_first(s, op);
      if (spte === NULL) return exit;
      op.spte = spte;
    }

    function mmu_spte_clear_track_bits(s: State, { op }: Caller): Next {
      clear(s, op.spte);
    }

    function another_entry(s: State, { op }: Caller): Next {
      const spte = another(s, op);
      if (spte === NULL) return exit;
      op.spte = spte;
      return mmu_spte_clear_track_bits;
    }

    return [kvm_zap_rmapp, mmu_spte_clear_track_bits, remove, another_entry];
  };
}

/** The first entry, from which the iterator can go on. */
export const rmap_get_first: NextEntry = (s, op) => firstEntry(s, s.rmap_head[op.rmap_head], op);

/** The same of a list given by its head word. */
export function firstEntry(s: Descs, { spte, desc }: RmapHead, { iter }: Iterating): Spte | Null {
  iter.desc = desc;
  iter.pos = 0;
  return desc === NULL ? spte : s.desc[desc].sptes[0];
}

/** The entry after the iterator's, wherever entries have been moved to meanwhile. */
export function rmap_get_next(s: Descs, { iter }: Iterating): Spte | Null {
  if (iter.desc === NULL) return NULL;
  const { sptes, more } = s.desc[iter.desc];
  if (iter.pos < sptes.length - 1) {
    iter.pos++;
    const spte = sptes[iter.pos];
    if (spte !== NULL) return spte;
  }
  iter.desc = more;
  iter.pos = 0;
  return more === NULL ? NULL : s.desc[more].sptes[0];
}
