/** What the rules find: how often each was put to the test, and where a trace breaks it. */
import type { TraceEvent } from '../events.ts';

/** Something that every trace keeps to; `name` is short, the sentence says it. */
export interface Rule {
  readonly name: string;
  readonly sentence: string;
}

/** One place where a rule is broken. */
export interface Finding {
  readonly rule: string;
  /** Line of the trace, from 1. */
  readonly line: number;
  readonly seq: number;
  readonly event: string;
  readonly expected: string;
  readonly found: string;
}

/** A rule with its account: 0 times checked means that there was nothing to compare. */
export interface RuleResult extends Rule {
  readonly checked: number;
  readonly differences: number;
  /** The first ones. */
  readonly findings: readonly Finding[];
}

/** Something that reads a trace from its first event to its last. */
export interface Checker {
  take(event: TraceEvent): void;
  /** The trace is at its end; `last` is its last event. */
  end?(last: TraceEvent): void;
}

/** Differences that are kept of each rule; all are counted. */
const KEPT = 5;

interface Account {
  readonly rule: Rule;
  checked: number;
  readonly findings: Finding[];
  differences: number;
}

/** The account of every rule. */
export class Ledger {
  readonly #accounts = new Map<
    string,
    { readonly rule: Rule; checked: number; findings: Finding[]; differences: number }
  >();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) this.#accounts.set(rule.name, { rule, checked: 0, findings: [], differences: 0 });
  }

  /** Puts a rule to the test at an event; the words are asked for only where it does not hold. */
  check(
    rule: Rule,
    { line, seq, text }: TraceEvent,
    holds: boolean,
    expected: () => string,
    found: () => string,
  ): void {
    const account = this.#account(rule);
    account.checked += 1;
    if (holds) return;
    account.differences += 1;
    if (account.findings.length === KEPT) return;
    account.findings.push({ rule: rule.name, line, seq, event: text, expected: expected(), found: found() });
  }

  /** Puts a rule to the test where two numbers or words have to be the same. */
  same<Value extends bigint | number | string | boolean>(
    rule: Rule,
    event: TraceEvent,
    what: string,
    expected: Value,
    found: Value,
  ): void {
    if (expected === found) this.#account(rule).checked += 1;
    else {
      this.check(
        rule,
        event,
        false,
        () => `${what} ${inWords(expected)}`,
        () => inWords(found),
      );
    }
  }

  #account({ name }: Rule): Account {
    const account = this.#accounts.get(name);
    if (account === undefined) throw new Error(`[recording bug] ${name} is not among the rules`);
    return account;
  }

  results(): RuleResult[] {
    return [...this.#accounts.values()].map(({ rule, checked, differences, findings }) => {
      return { ...rule, checked, differences, findings };
    });
  }
}

/** A bigint is an address, an SPTE or a gfn, and written in hex. */
export function inWords(value: bigint | number | string | boolean): string {
  return typeof value === 'bigint' ? hex(value) : String(value);
}

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
