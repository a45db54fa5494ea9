/** Deadlock: a thread is inside its function, and no thread can take a step now or after anything the hardware may do. */
import type { Machine } from './machine.ts';

/**
 * Whether a state from which no thread can step is a deadlock: whether the hardware, alone, cannot lead to one from which a thread can.
 * @param index the state's place in the arena.
 */
export function isStuck(machine: Machine, arena: Int32Array, index: number): boolean {
  const width = machine.layout.words;
  const seen = new Set<string>();
  const queue: Int32Array[] = [arena.slice(index * width, (index + 1) * width) as Int32Array];
  for (const words of queue) {
    machine.load(words, 0);
    for (const successor of machine.successors()) {
      if (successor.thread >= 0) return false;
      const { words: after } = successor;
      if (after === undefined || seen.has(after.join())) continue;
      seen.add(after.join());
      queue.push(after);
    }
  }
  return true;
}
