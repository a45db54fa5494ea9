/** RCU: what was queued on an object runs when whoever was in a read-side section then has left it. */
import { ahead, passed, type Row, type Thread } from '#notation';

/** A thread that may be in a section. Its local `delays` has the objects whose callback cannot run before it leaves. */
export interface RcuReader<Id, ObjectId extends symbol> extends Thread<Id> {
  readonly delays: Row<ObjectId, 0 | 1>;
}

/** From here on to `rcu_read_unlock`, a thread's place in its list says that it is inside. */
export function rcu_read_lock(): void {}

export function rcu_read_unlock<ObjectId extends symbol>(_: unknown, { delays }: RcuReader<unknown, ObjectId>): void {
  const bits: Record<ObjectId, 0 | 1> = delays;
  delays.forEach((_, object) => {
    bits[object] = 0;
  });
}

/** `call_rcu()`, as far as these readers go. */
export function delayBy<Id, ObjectId extends symbol>(readers: Row<Id, RcuReader<Id, ObjectId>>, object: ObjectId) {
  readers.forEach((reader) => {
    const bits: Record<ObjectId, 0 | 1> = reader.delays;
    if (passed(reader, rcu_read_lock) && ahead(reader, rcu_read_unlock)) bits[object] = 1;
  });
}

/** Whether none of these readers is older than the callback: as far as they go, the grace period is over. */
export function gracePeriodOver<Id, ObjectId extends symbol>(
  readers: Row<Id, RcuReader<Id, ObjectId>>,
  object: ObjectId,
): boolean {
  return readers.every(({ delays }) => delays[object] === 0);
}
