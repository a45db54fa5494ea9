/** Steps whose words of order mean nothing: a barrier is none, a release or an acquire is a plain access, an exchange no atomic one. */
import { calledNames } from './returns.ts';
import { running } from './running.ts';
import { type AnyItem, element } from './step.ts';

type Run = (...args: never[]) => unknown;

/** Which accesses each word orders. No order that is offered makes loads late, so that none can show a word of loads needed. */
const ordered: Readonly<Record<string, 'loads' | 'stores'>> = {
  smp_rmb: 'loads',
  smp_load_acquire: 'loads',
  smp_mb: 'stores',
  smp_wmb: 'stores',
  smp_store_release: 'stores',
  xchg: 'stores',
  cmpxchg: 'stores',
};

/** What the words of order that a function calls itself are about; undefined when it calls none. */
export function orders(step: unknown): 'loads' | 'stores' | undefined {
  if (typeof step !== 'function') return undefined;
  const about = [...calledNames(step as Run)].flatMap((name) => (Object.hasOwn(ordered, name) ? ordered[name] : []));
  return about.includes('stores') ? 'stores' : about[0];
}

/** An element whose words of order mean nothing. */
export function weakened(item: AnyItem): AnyItem {
  return { [element]: { kind: 'weakened', item } } as AnyItem;
}

/** The function of such a step: the same source, by which it is known where it may go. */
export function runWeakened(run: Run): Run {
  const inert: Run = (...args) => {
    running.inert = true;
    try {
      return run(...args);
    } finally {
      running.inert = false;
    }
  };
  return Object.defineProperty(inert, 'toString', { value: () => String(run) });
}
