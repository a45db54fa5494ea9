/** Deadlock: a thread is inside its function, and no thread can take a step now or after anything the hardware may do. */
import type { Machine } from './machine.ts';

/**
 * Finds out whether a state from which no thread can step is a deadlock: whether the hardware, alone, cannot lead from it to one from
 * which a thread can. What has been found out of a state is remembered for the next.
 */
export function stuckness(machine: Machine): (arena: Int32Array, index: number) => boolean {
  const width = machine.layout.words;
  /** States from which the hardware leads to one in which a thread can step. */
  const free = new Set<string>();
  return (arena, index) => {
    const first = arena.slice(index * width, (index + 1) * width);
    const queue: { words: Int32Array; from: number }[] = [{ words: first, from: -1 }];
    const seen = new Set([first.join()]);
    for (let at = 0; at < queue.length; at++) {
      const { words } = queue[at] as { words: Int32Array };
      machine.load(words, 0);
      const successors = machine.successors();
      const known = successors.some(({ thread, words: after }) => thread >= 0 || (after && free.has(after.join())));
      if (known) {
        for (let on = at; on >= 0; on = queue[on]?.from as number) free.add(queue[on]?.words.join() as string);
        return false;
      }
      for (const { words: after } of successors) {
        if (after === undefined || seen.has(after.join())) continue;
        seen.add(after.join());
        queue.push({ words: after, from: at });
      }
    }
    return true;
  };
}
