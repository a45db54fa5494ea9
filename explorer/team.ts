/**
 * One search by several threads: the side of the thread that searches. States get the numbers that this thread alone would give them, so
 * that everything that is found is the same, whatever the number of threads and however they get on.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Suite } from '#notation';
import type { Listener } from './expansion.ts';
import type { Machine } from './machine.ts';
import { openClaims, type OpenClaims } from './open-claims.ts';
import type { Symmetry } from './symmetry.ts';
import { besideState, chunkWords, memberBits } from './team-lookup.ts';
import { type Mail, memberOf, total } from './team-member.ts';
import { type Memory, sent } from './team-memory.ts';
import { controlWords, own, ownPlace, signal, type Task, tasks, waitFor } from './team-signals.ts';
import type { Visited } from './visited.ts';

/** What a thread is sent messages by: a port of Node's, of which a caller need not have the types. */
export interface Port {
  postMessage(message: unknown): void;
  close(): void;
}

/** Threads that help a search, as its caller provides them. */
export interface Crew {
  /** Threads in all, the one that searches included. */
  readonly workers: number;
  /** Starts a thread that calls `assist` with what it is given. The ports are to be transferred. */
  readonly start: (seat: Seat, ports: readonly Port[]) => void;
  /** States from which on help is called. */
  readonly from?: number | undefined;
  /** Whether the search waits for its helpers, and does not go on alone until they are there. */
  readonly waits?: boolean;
  /** States a member takes at a time, at most. */
  readonly chunk?: number;
  /** Seconds without any sign of life after which a helper is given up. */
  readonly patience?: number;
}

/** What a helper is given: plain data that can be sent to a thread. */
export interface Seat {
  readonly number: number;
  /** Threads in all. */
  readonly members: number;
  readonly control: Int32Array;
  readonly totals: Float64Array;
  readonly port: Port;
  readonly symmetric: boolean;
  /** Seconds without any sign of life after which the searching thread is given up. */
  readonly patience: number;
}

/** What a helper says that is not part of a round: that it can do nothing more, and why. */
export interface Farewell {
  readonly lost: string;
}

/** The search that is helped. */
export interface Helped {
  readonly machine: Machine;
  readonly listener: Listener;
  readonly visited: Visited;
  readonly symmetry: Symmetry | undefined;
  readonly claims: Pick<Suite, 'invariants' | 'reachable'>;
  /** The claims as they are decided. */
  readonly open: OpenClaims;
  /** Looks at the open claims in a state. */
  readonly look: (index: number) => void;
  readonly failed: (index: number, name: string, message: string) => void;
  readonly stuck: (index: number) => void;
}

/** The helpers of a search, called when they are worth it. */
export interface Gathering {
  /** The team, when so many states are worth it and all are there. The batch of the machine is empty from then on. */
  team(states: number): Team | undefined;
  /** Lets the helpers go. */
  dismiss(): void;
}

/** Several threads at work on one search. */
export interface Team {
  /** Expands states of one level, from one on and before another, as many as make a round. Returns the first that is left; -1 when memory ends. */
  round(from: number, to: number): number;
  /** Transitions that helpers fired. */
  transitions(): number;
  /** States that each expanded. */
  expanded(): number[];
  /** Whether every representative was the only one of its orbit. */
  exact(): boolean;
  /** How often each element fired, in all threads. */
  fired(): number[];
}

const worthHelp = 50_000;
/** States that a member takes at a time: neighbours in the queue have successors in common, which are found while they are still at hand. */
const usualChunk = 512;
const mostChunks = 64;
/** Room for new successors of a state, as long as it is enough: pages that nobody touches cost nothing. */
const roomEach = 32;
/** Candidates of a round, about: what they take is memory that states do not have. */
const mostCandidates = 2 ** 18;
/** A round of fewer states, or of fewer chunks, is over before the helpers are awake. */
const fewestStates = 256;
const fewestChunks = 4;
/** Chunks that each member takes in a round, about, where there are not states enough for whole ones. */
const chunksEach = 8;
const usualPatience = 60;

/** What may have become of a thread that is silent. */
export const whySilent = 'a step or claim loops for ever, or used up the memory of its thread';

/** Gathers the helpers of a search. */
export function gather(crew: Crew, helped: Helped): Gathering {
  const { workers, waits = false, from = worthHelp, patience = usualPatience } = crew;
  const { name } = helped.machine.instance;
  const control = controlWords(workers);
  const sizes = total.fired + helped.machine.fired.length;
  const totals = Array.from({ length: workers }, () => new Float64Array(new SharedArrayBuffer(8 * sizes)));
  const ports: MessagePort[] = [];
  let team: Team | undefined;

  function call(): void {
    for (let number = 1; number < workers; number++) {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1);
      const symmetric = helped.symmetry !== undefined;
      const theirs = { number, totals: totals[number] as Float64Array, port: port2 };
      crew.start({ ...theirs, members: workers, control, symmetric, patience }, [port2]);
    }
  }

  /** Waits until so many helpers have counted themselves. @throws Error when one is lost, or none gives a sign of life. */
  function until(place: number, count: number, longest: number): void {
    let beats = -1;
    let silent = 0;
    for (;;) {
      const there = Atomics.load(control, place);
      mustBeThere();
      if (there === count) return;
      if (waitFor(control, place, there, 1000)) continue;
      const now = sum(totals.slice(1).map((_, i) => control[ownPlace(i + 1, own.beat)] as number)) + there;
      silent = now === beats ? silent + 1 : 0;
      beats = now;
      // Who waits is not silent.
      (control[ownPlace(0, own.beat)] as number)++;
      if (silent < longest) continue;
      throw new Error(`${name}: a thread of its search has given no sign of life for ${longest} seconds; ${whySilent}`);
    }
  }

  function mustBeThere(): void {
    const lost = Atomics.load(control, signal.lost);
    if (lost === 0) return;
    for (let got = receive(lost - 1); got; got = receive(lost - 1))
      if ('lost' in got) throw new Error(`${name}: ${got.lost}`);
    throw new Error(`[explorer bug] ${name}: a thread of its search was lost without a word`);
  }

  function receive(number: number): Mail | Farewell | undefined {
    return receiveMessageOnPort(ports[number - 1] as MessagePort)?.message;
  }

  function begin(task: Task): void {
    control[signal.task] = task;
    Atomics.store(control, signal.done, 0);
    Atomics.add(control, signal.epoch, 1);
    Atomics.notify(control, signal.epoch);
  }

  function gathered(): Team | undefined {
    if (ports.length === 0) call();
    mustBeThere();
    if (waits) until(signal.ready, workers - 1, usualPatience);
    if (Atomics.load(control, signal.ready) < workers - 1) return undefined;
    const done = (): void => until(signal.done, workers - 1, patience);
    return teamOf(helped, { control, totals, ports, begin, done, receive }, crew.chunk ?? usualChunk);
  }

  return {
    team(states) {
      if (states >= from) team ??= gathered();
      return team;
    },
    dismiss() {
      begin(tasks.leave);
      for (const port of ports) port.close();
    },
  };
}

/** How the threads are reached. */
interface Reach {
  readonly control: Int32Array;
  readonly totals: readonly Float64Array[];
  readonly ports: readonly MessagePort[];
  readonly begin: (task: Task) => void;
  /** Returns when the helpers have finished. */
  readonly done: () => void;
  readonly receive: (number: number) => Mail | Farewell | undefined;
}

function teamOf(helped: Helped, reach: Reach, chunk: number): Team {
  const { machine, listener, visited, symmetry, claims, open } = helped;
  const { control, totals, ports, begin, done, receive } = reach;
  const workers = totals.length;
  const row = visited.width + besideState;
  const bits = memberBits(workers);
  const fewest = Math.min(fewestStates, fewestChunks * chunk);
  // What is waiting still goes the way of a single thread.
  machine.flush();
  const scanned = openClaims(claims, machine.root, () => {});
  let ownMail: Mail | undefined;
  const member = memberOf({
    number: 0,
    members: workers,
    machine,
    listener,
    symmetry,
    claims: scanned,
    control,
    totals: totals[0] as Float64Array,
    tell: (mail) => {
      ownMail = mail;
    },
  });

  visited.moveTo(sharedWords);
  const chunks = sharedWords(mostChunks * chunkWords);
  const candidates = totals.map(() => sharedWords(roomEach * mostChunks * chunk * row));
  let larger: Int32Array | undefined;
  /** Candidates for each state of the last round. */
  let candidatesEach = roomEach;
  let isShared = false;
  let version = 0;
  let told = 0;

  /** Tells everybody who takes part where the memory is. */
  function share(members: number): void {
    if (!isShared) version++;
    isShared = true;
    const { arena, parents, table } = visited;
    const rounds = { chunks, candidates: [...candidates] };
    const memory: Memory = { ...rounds, version, arena, parents, table, larger, closed: open.closed() };
    member.remember(memory);
    if (members === 1 || told === version) return;
    for (const port of ports) port.postMessage(sent(memory));
    told = version;
    control[signal.version] = version;
  }

  function together(task: Task, members: number): void {
    if (!isShared || (members > 1 && told < version)) share(members);
    control[signal.count] = visited.count;
    if (members > 1) begin(task);
    member.act(task, members);
    if (members > 1) done();
  }

  /** Takes what the members have to say, in the order of the states, as if one had looked at all of them. */
  function takeMail(members: number): void {
    const mails: Mail[] = [];
    for (let number = 0; number < members; number++) {
      if (control[ownPlace(number, own.mail)] === 0) continue;
      control[ownPlace(number, own.mail)] = 0;
      const mail = number === 0 ? ownMail : receive(number);
      if (mail === undefined || 'lost' in mail) throw new Error('[explorer bug] a message of a helper is not there');
      mails.push(mail);
      if (mail.candidates === undefined) continue;
      candidates[number] = mail.candidates;
      isShared = false;
    }
    if (mails.length === 0) return;
    const before = open.closed().length;
    const events = [
      ...mails.flatMap((mail) => mail.states.map((index) => ({ index, happened: () => helped.look(index) }))),
      ...mails.flatMap((mail) =>
        mail.failures.map(({ index, name, message }) => ({
          index,
          happened: () => helped.failed(index, name, message),
        })),
      ),
    ];
    for (const { happened } of events.toSorted((a, b) => a.index - b.index)) happened();
    for (const index of mails.flatMap(({ stuck }) => stuck).toSorted((a, b) => a - b)) helped.stuck(index);
    if (open.closed().length > before) isShared = false;
  }

  /** Fills a table from the arena; what candidates have taken of it is free. */
  function fill(table: Int32Array, members: number): void {
    larger = table;
    isShared = false;
    together(tasks.rebuild, members);
    larger = undefined;
  }

  /** Whether there is room for so many states more. */
  function makeRoom(more: number, members: number): boolean {
    const { arena, table } = visited;
    const isEnough = visited.reserve(visited.count + more, (filled) => fill(filled, members));
    if (visited.arena !== arena || visited.table !== table) isShared = false;
    return isEnough;
  }

  function ownWords(word: number, members: number): number[] {
    return Array.from({ length: members }, (_, number) => control[ownPlace(number, word)] as number);
  }

  return {
    round(from, levelEnd) {
      const size = Math.max(fewest, Math.floor(mostCandidates / candidatesEach));
      const to = Math.min(levelEnd, from + Math.min(size, mostChunks * chunk));
      const members = to - from < fewest ? 1 : workers;
      control[signal.from] = from;
      control[signal.to] = to;
      control[signal.chunkSize] = Math.min(chunk, Math.ceil((to - from) / Math.min(mostChunks, chunksEach * members)));
      control[signal.nextChunk] = 0;
      control[signal.most] = Math.max(0, visited.freeSlots) >> bits;
      together(tasks.expand, members);
      takeMail(members);
      const rows = ownWords(own.rows, members);
      candidatesEach = sum(rows) / (to - from);
      const isWaiting = ownWords(own.waiting, members).includes(1);
      // Where some wait there must be numbers for all candidates, and else there are.
      if (!makeRoom(isWaiting ? Math.max(...rows) * 2 ** bits : sum(rows), members)) {
        fill(visited.table, members);
        return -1;
      }
      if (isWaiting) together(tasks.claim, members);
      together(tasks.count, members);
      together(tasks.settle, members);
      const number = Math.ceil((to - from) / (control[signal.chunkSize] as number));
      for (let k = 0; k < number; k++) visited.count += chunks[k * chunkWords + 3] as number;
      return to;
    },
    transitions: () => sum(totals.slice(1).map((each) => each[total.transitions] as number)),
    expanded: () => totals.map((each) => each[total.expanded] as number),
    exact: () => totals.every((_, number) => control[ownPlace(number, own.inexact)] === 0),
    fired: () =>
      Array.from(machine.fired, (own, i) => own + sum(totals.slice(1).map((each) => each[total.fired + i] as number))),
  };
}

function sharedWords(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
