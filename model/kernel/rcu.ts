/**
 * RCU for shadow pages: readers say when they are inside, and a page that `call_rcu()` has been given is freed when all that were inside
 * then have left.
 */
import { array, bit, type IdSet, type Row } from '#notation';
import { Sp } from './shadow-page.ts';

/** Readers of one kind: who is inside, and for which pages each is waited for. */
export function rcuReaders<const Threads extends IdSet>(threads: Threads) {
  return array(threads, { inside: bit, awaited: array(Sp, bit) });
}

/** The same, as steps see them. */
export type RcuReaders<Reader extends symbol | number> = Row<
  Reader,
  { inside: 0 | 1; readonly awaited: Row<Sp, 0 | 1> }
>;

/** `rcu_read_lock()` and `rcu_read_unlock()` of one kind of readers. */
export function rcuSection<State, Reader extends symbol | number>(readersOf: (s: State) => RcuReaders<Reader>) {
  return {
    rcu_read_lock(s: State, { id }: { readonly id: Reader }): void {
      readersOf(s)[id].inside = 1;
    },
    rcu_read_unlock(s: State, { id }: { readonly id: Reader }): void {
      const reader = readersOf(s)[id];
      reader.inside = 0;
      reader.awaited.forEach((_, sp) => {
        reader.awaited[sp] = 0;
      });
    },
  };
}

/** `call_rcu()`, as far as readers of one kind delay it. */
export function awaitReaders<Reader extends symbol | number>(readers: RcuReaders<Reader>, sp: Sp): void {
  readers.forEach(({ inside, awaited }) => {
    awaited[sp] = inside;
  });
}

/** Whether none of them delays it any more. */
export function readersHaveLeft<Reader extends symbol | number>(readers: RcuReaders<Reader>, sp: Sp): boolean {
  return readers.every(({ awaited }) => awaited[sp] === 0);
}
