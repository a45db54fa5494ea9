/** Where a thread that helps a search says that the searching thread has fallen silent, over the head of that thread. */
import { BroadcastChannel } from 'node:worker_threads';
import { whySilent } from '#explorer';
import { exitCodes } from '#report';
import { Failure } from './failure.ts';

/** The channel's name, within this process. */
const name = 'mmucheck: a search is silent';

/** Which search it is, and the seconds of its silence. */
interface Silence {
  readonly place: string;
  readonly seconds: number;
}

/** Tells whoever listens. */
export function raiseAlarm(silence: Silence): void {
  new BroadcastChannel(name).postMessage(silence);
}

/** Calls back with the failure of a search of which silence is told, until it is closed. */
export function onAlarm(told: (failure: Failure) => void): { close(): void } {
  const channel = new BroadcastChannel(name);
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the types of Node 20 know no other way
  channel.onmessage = (message) => {
    const { place, seconds } = (message as { data: Silence }).data;
    const sentence = `${place}: its search has given no sign of life for ${seconds} seconds; ${whySilent}`;
    told(new Failure(exitCodes.modelThrew, sentence));
  };
  return channel;
}
