/** What the comparison asks of whoever runs the lists. */
import type { ListState } from './list-state.ts';

/** Lists that run one policy, all empty at first, named as the recording names them: what `conform` asks of a model. */
export interface PteLists {
  /** `pte_list_add`; returns what it returns. */
  add(list: string, spte: string): number;
  /** `pte_list_remove`; called only for an SPTE that `state` shows in the list. */
  remove(list: string, spte: string): void;
  /** The one-pass zap: all entries go, the head word becomes 0. */
  zapAll(list: string): void;
  /** `pte_list_count`. */
  count(list: string): number;
  /**
   * What the list holds. `a` of a descriptor is any name that it keeps while it stays in this list; `t` only where the policy has a
   * `tail_count`; never `trunc`.
   */
  state(list: string): ListState;
  /** Makes the list hold exactly this whole state, whatever it held before. Its addresses are the kernel's, and may be dropped. */
  load(list: string, state: ListState): void;
}
