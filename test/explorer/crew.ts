/** Helper threads for tests: started once, and given one search after the other. They run what is built. */
import { isMainThread, type MessagePort, Worker } from 'node:worker_threads';
import type { Assisted, Crew } from '#explorer';
import {
  array,
  blocked,
  choose,
  type Instance,
  instantiate,
  model,
  type Next,
  range,
  type StateOf,
  upTo,
} from '#notation';
import { type Known, known } from '../known/counts.ts';
import { shippedModels, suiteOf } from '../shipped.ts';
import { type Tiny, tiny } from '../tiny.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';
import { instanceOf, randomClaims } from './random-model.ts';

/** What is searched, as plain data that says to each thread how to make it. */
export type Subject =
  | { readonly kind: 'random'; readonly source: string }
  | { readonly kind: 'tiny'; readonly name: string }
  /** Steps that loop for ever, or end their thread, in a helper; or fail there later than elsewhere. */
  | { readonly kind: 'uneven'; readonly does: 'loop' | 'exit' | 'lag' }
  /** Three choices one after the other, the last one among more members than a chunk has room for; the second is forgotten then. */
  | { readonly kind: 'wide' }
  | { readonly kind: 'known'; readonly name: string }
  | {
      readonly kind: 'shipped';
      readonly model: string;
      readonly variant: string;
      readonly bounds: Readonly<Record<string, number>>;
    };

/** A subject as it is searched; undefined for a random text that is no model. */
export function assistedOf(subject: Subject): Assisted | undefined {
  switch (subject.kind) {
    case 'random': {
      const instance = instanceOf(subject);
      return instance && { instance, claims: randomClaims };
    }
    case 'tiny':
      return { instance: tinyModels[subject.name] as Assisted['instance'], claims: tinyClaims };
    case 'uneven':
      return { instance: uneven(subject.does), claims: tinyClaims };
    case 'wide':
      return { instance: wide(), claims: { invariants: {}, reachable: {} } };
    case 'known': {
      const { suite, variant, bounds } = known.find(({ name }) => name === subject.name) as Known;
      return { instance: instantiate(suite.model, variant, bounds), claims: suite };
    }
    case 'shipped': {
      const model = shippedModels.find(({ name }) => name === subject.model) as (typeof shippedModels)[number];
      return { instance: instantiate(model, subject.variant, subject.bounds), claims: suiteOf(model) };
    }
  }
}

function uneven(does: 'loop' | 'exit' | 'lag'): Instance {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  function spread(s: Tiny): void {
    s.x = choose(9);
    s.y = choose(3);
  }
  function goesWrong({ x, y }: Tiny): void {
    // The searching thread is slow enough for a helper to get some of the states.
    if (isMainThread && (does !== 'lag' || x + y === 0)) Atomics.wait(clock, 0, 0, 50);
    else if (does === 'lag') {
      if (!isMainThread) Atomics.wait(clock, 0, 0, 100);
      throw new Error(`at ${x}, ${y}`);
    } else if (does === 'exit') process.exit(4);
    else for (;;);
  }
  return tiny([spread, goesWrong]);
}

function wide(): Instance {
  const state = { chosen: upTo(3), row: array(range('place'), upTo(399)) };
  interface Wide extends StateOf<typeof state> {}
  function chooses(s: Wide): Next {
    const outcomes = [80, 6, 400][s.chosen];
    if (outcomes === undefined) return blocked;
    s.row[s.chosen] = choose(outcomes);
    if (s.chosen === 2) s.row[1] = 0;
    s.chosen += 1;
  }
  const variants = { once: { actions: [chooses] } };
  return instantiate(model({ name: 'wide', about: 'chooses', state, bounds: { place: 3 }, variants }), 'once');
}

/** In a thread of its own the TypeScript of the tests is read by jiti, and the library is what is built. */
const script = `
  const { parentPort } = require('node:worker_threads');
  const here = ${JSON.stringify(import.meta.filename)};
  const ready = import('jiti').then(async ({ createJiti }) => {
    const jiti = createJiti(here);
    return { ...(await jiti.import('#explorer')), ...(await jiti.import(here)) };
  });
  parentPort.on('message', async ({ seat, subject }) => {
    const { assist, assistedOf } = await ready;
    await assist(seat, async () => assistedOf(subject));
    parentPort.postMessage('done');
  });`;

/** Threads that help. */
export interface Helpers {
  /** A crew of so many that searches a subject in small rounds from the first state on. */
  crew(workers: number, subject: Subject, chunk?: number): Crew;
  /** Waits until the helpers of the last search have left it. */
  idle(): Promise<void>;
  end(): Promise<void>;
}

/** Helper threads. */
export function helpers(): Helpers {
  const threads: Worker[] = [];
  let busy: Promise<unknown>[] = [];
  return {
    crew: (workers, subject, chunk = 2) => ({
      workers,
      from: 0,
      waits: true,
      chunk,
      start(seat, ports) {
        const thread = threads[seat.number] ?? new Worker(script, { eval: true });
        threads[seat.number] = thread;
        thread.setMaxListeners(0);
        busy.push(new Promise((resolve) => thread.once('message', resolve)));
        thread.postMessage({ seat, subject }, [...ports] as MessagePort[]);
      },
    }),
    async idle() {
      await Promise.all(busy);
      busy = [];
    },
    async end() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}
