/** A thread that helps another with one search. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { describe, type Instance, type Suite } from '#notation';
import type { Listener } from './expansion.ts';
import { machineOf } from './machine.ts';
import { openClaims } from './open-claims.ts';
import { symmetryOf } from './symmetry.ts';
import type { Farewell, Seat } from './team.ts';
import { type Member, memberOf } from './team-member.ts';
import { received, type SentMemory } from './team-memory.ts';
import { own, ownPlace, signal, type Task, tasks, waitFor } from './team-signals.ts';

/** What is searched. */
export interface Assisted {
  readonly instance: Instance;
  readonly claims: Pick<Suite, 'invariants' | 'reachable'>;
}

/**
 * Helps until the search is over. Whatever ends it earlier is told to the searching thread, which ends the search with it.
 * @param load the same instance and claims as those that are searched.
 * @param onSilence told once when the searching thread gives no sign of life, which cannot be told to that thread itself.
 */
export async function assist(seat: Seat, load: () => Promise<Assisted>, onSilence = (): void => {}): Promise<void> {
  const { control, port, number } = seat;
  let isOver = false;
  const lose = (lost: string): void => {
    if (isOver) return;
    isOver = true;
    port.postMessage({ lost } satisfies Farewell);
    Atomics.store(control, signal.lost, 1 + number);
    Atomics.notify(control, signal.ready);
    Atomics.notify(control, signal.done);
  };
  const onExit = (code: number): void => lose(`a step or claim ended the thread it ran in (exit code ${code})`);
  process.once('exit', onExit);
  try {
    work(seat, memberAt(seat, await load()), onSilence);
    isOver = true;
  } catch (error) {
    lose(error instanceof Error ? error.message : describe(error));
  }
  process.off('exit', onExit);
  port.close();
}

function memberAt({ number, members, control, totals, port, symmetric }: Seat, { instance, claims }: Assisted): Member {
  const listener: Listener = { flush() {}, failed() {}, warned() {} };
  const machine = machineOf(instance, listener);
  return memberOf({
    number,
    members,
    machine,
    listener,
    symmetry: symmetric ? symmetryOf(instance, machine.layout) : undefined,
    claims: openClaims(claims, machine.root, () => {}),
    control,
    totals,
    tell: (mail) => port.postMessage(mail),
  });
}

function work({ control, port, members, patience }: Seat, member: Member, onSilence: () => void): void {
  let version = 0;
  Atomics.add(control, signal.ready, 1);
  Atomics.notify(control, signal.ready);
  for (let epoch = 0; ; epoch++) {
    let beat = 0;
    for (let silent = 0; !waitFor(control, signal.epoch, epoch, 1000); ) {
      const now = control[ownPlace(0, own.beat)] as number;
      silent = now === beat ? silent + 1 : 0;
      beat = now;
      if (silent === patience) onSilence();
    }
    const task = control[signal.task] as Task;
    if (task === tasks.leave) return;
    while (version !== control[signal.version]) {
      const memory = received(receiveMessageOnPort(port as MessagePort)?.message as SentMemory);
      member.remember(memory);
      version = memory.version;
    }
    member.act(task, members);
    Atomics.add(control, signal.done, 1);
    Atomics.notify(control, signal.done);
  }
}
