/** Trimmed traces, as they were recorded and with one thing changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pteListPolicies } from '#model';
import { checkEvents, type RecordingLog, type RuleResult, readLog, readTraceLine, type TraceEvent } from '#recording';
import { PolicyLists } from '../../cli/policy-lists.ts';
import { policyOf, unpacked } from './samples.ts';

/** The lines of a trace without their `seq`, so that lines that were dropped or moved can be numbered anew. */
export interface Trace {
  /** `directory/workload`. */
  readonly workload: string;
  readonly lines: readonly string[];
  readonly log: RecordingLog;
}

/** `directory/workload` of every trace in a place. */
export function traces(place: string): string[] {
  return readdirSync(place)
    .filter((directory) => /^k6\d+-/.test(directory))
    .flatMap((directory) => readdirSync(join(place, directory)).map((file) => `${directory}/${file}`))
    .filter((file) => file.endsWith('.trace.gz'))
    .map((file) => file.replace(/\.trace\.gz$/, ''))
    .toSorted();
}

export function traceOf(place: string, workload: string): Trace {
  const path = join(place, workload);
  const lines = unpacked(readFileSync(`${path}.trace.gz`))
    .split('\n')
    .slice(0, -1);
  const log = readLog(readFileSync(`${path}.log`, 'utf8'), `${path}.log`);
  return { workload, lines: lines.map((line) => line.slice(line.indexOf(' ') + 1)), log };
}

/** What the rules say of lines, numbered 1, 2, …; lines that cannot be read throw. */
export function checked({ workload, log }: Trace, lines: readonly string[]): RuleResult[] {
  const events = lines.map((line, index): TraceEvent => readTraceLine(`${index + 1} ${line}`, index + 1, workload));
  return checkEvents(events, new PolicyLists(pteListPolicies[policyOf(workload)]), log);
}

/** Names of the rules that are broken. */
export function broken(results: readonly RuleResult[]): string[] {
  return results.flatMap(({ name, differences }) => (differences > 0 ? [name] : []));
}

/** Three numbers that choose a mutation: how, where, and what of that place. */
export interface Choice {
  readonly how: number;
  readonly where: number;
  readonly what: number;
}

/** A trace in which one line was dropped, exchanged with another, or altered. */
export interface Mutant {
  readonly lines: readonly string[];
  readonly told: string;
}

/** The mutant that was chosen, or undefined where there is nothing at that place to exchange or alter, or nothing would be another. */
export function mutant(lines: readonly string[], { how, where, what }: Choice): Mutant | undefined {
  const index = where % lines.length;
  return [dropped, swapped, altered][how % 3]?.(lines, index, what);
}

function dropped(lines: readonly string[], index: number): Mutant | undefined {
  return { lines: lines.toSpliced(index, 1), told: `line ${index + 1} dropped: ${lines[index]}` };
}

/** How far apart two lines may be that are exchanged, and two that only have the lock in common. */
const NEAR = 60;
const NEXT = 5;

/** Exchanges a line with a later one on the same list, gfn, SPTE or slot, or under the same hold of mmu_lock. */
function swapped(lines: readonly string[], index: number, what: number): Mutant | undefined {
  const line = lines[index] ?? '';
  const about = subjects(line);
  const others = lines.slice(index + 1, index + NEAR).flatMap((other, distance) => {
    if (other === line) return [];
    const same = subjects(other).some((subject) => about.includes(subject));
    const held = isLocked(line) && lines.slice(index, index + distance + 2).every(isLocked) && distance < NEXT;
    return same || held ? [index + 1 + distance] : [];
  });
  const at = others[what % others.length];
  if (at === undefined) return undefined;
  const other = lines[at] ?? '';
  return {
    lines: lines.with(index, other).with(at, line),
    told: `lines ${index + 1} and ${at + 1} exchanged: ${line} <-> ${other}`,
  };
}

function subjects(line: string): string[] {
  return [...line.matchAll(/\b(?:head|sptep?|gfn|slot|mc)[= ](?:0x)?([0-9a-f]+)/g)].map(([subject]) => subject);
}

/** Around kvm_entry and kvm_exit preemption is off, and no lock held. */
function isLocked(line: string): boolean {
  return /^\d+ c\d+ ...[1-9]. (?!kvm_e)/.test(line);
}

/**
 * What says nothing about the MMU: where in a function a call was made, what the compiler named it, what the CPU said of exits that are no
 * faults, generations, pages that were counted, and pointers that the kernel prints hashed.
 */
const context =
  /reason (?!PF|npf).*|\w+[.\w]*\+0x[0-9a-f]+\/0x[0-9a-f]+|(?:intr_info|used_pages|kvm-mmu-valid-gen|gen|\d-byte|q0|sptep(?= 0000)) ?\w*/g;

/** Flips a bit of a number, counts one up or down, or says that a lock was held or was not. */
function altered(lines: readonly string[], index: number, what: number): Mutant | undefined {
  const line = lines[index] ?? '';
  const [, pid, cpu, flags = '', body = ''] = /^(\d+) (c\d+) (\S+) (.*)$/.exec(line) ?? [];
  const hidden = body.replaceAll(context, (found) => '_'.repeat(found.length));
  const numbers = [...hidden.matchAll(/(?<![\w-])(?:0x)?[0-9a-f]*\d[0-9a-f]*(?!\w)/g)];
  const of = what % (numbers.length + 1);
  const number = numbers[of];
  if (number === undefined) {
    const other = `${flags.slice(0, 3)}${flags[3] === '.' ? '1' : '.'}${flags.slice(4)}`;
    return replaced(lines, index, `${pid} ${cpu} ${other} ${body}`);
  }
  const changed = another(number[0], Math.floor(what / (numbers.length + 1)));
  const end = number.index + number[0].length;
  return replaced(lines, index, `${pid} ${cpu} ${flags} ${body.slice(0, number.index)}${changed}${body.slice(end)}`);
}

function replaced(lines: readonly string[], index: number, line: string): Mutant {
  return { lines: lines.with(index, line), told: `line ${index + 1} altered: ${lines[index]} -> ${line}` };
}

/** A word of at most five digits counts something, or is a gfn or a level. */
function another(word: string, what: number): string {
  const prefix = word.startsWith('0x') ? '0x' : '';
  const digits = word.slice(prefix.length);
  if (prefix === '' && /^\d{1,5}$/.test(digits)) {
    const number = Number(digits);
    return String(number === 0 || what % 2 === 0 ? number + 1 : number - 1);
  }
  const bit = BigInt(what % Math.min(48, 4 * digits.length));
  return prefix + (BigInt(`0x${digits}`) ^ (1n << bit)).toString(16);
}
