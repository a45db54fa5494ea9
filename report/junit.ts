/** JUnit XML: a test suite for each variant, a test case for each of its claims. Jenkins, GitLab, GitHub and Azure read it. */
import { xml } from './escape.ts';
import type { Reported } from './reported.ts';
import { sentenceOfVerdict, type Verdict, verdictsOf } from './verdict.ts';

/** What of a check the formats for CI want to know beside its results. */
export interface CiOptions {
  /** Whether what was not decided is skipped, and no error. */
  readonly allowIncomplete?: boolean | undefined;
}

/** The document. */
export function junit(results: readonly Reported[], options: CiOptions = {}): string {
  const suites = results.map((result) => suiteOf(result, options));
  const sum = (of: keyof Counts) => suites.reduce((total, { counts }) => total + counts[of], 0);
  const seconds = results.reduce((total, result) => total + result.seconds, 0);
  const counts = { tests: sum('tests'), failures: sum('failures'), errors: sum('errors') };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mmucheck"${attributes(counts)} time="${seconds.toFixed(3)}">`,
    ...suites.flatMap(({ lines }) => lines),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

function suiteOf(result: Reported, options: CiOptions): { lines: string[]; counts: Counts } {
  const { model, variant, bounds, memory, symmetry, states, transitions, depth, seconds } = result;
  const place = `${model}/${variant}`;
  const cases = verdictsOf(result).map((verdict) => ({ verdict, element: elementOf(verdict, options) }));
  const count = (which: Element) => cases.filter(({ element }) => element === which).length;
  const counts = { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') };
  const sizes = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const properties = { bounds: sizes.join(','), memory, symmetry, states, transitions, depth };
  const lines = [
    `  <testsuite name="${xml(place)}"${attributes(counts)} time="${seconds.toFixed(3)}">`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([name, value]) => `      <property name="${name}" value="${xml(String(value))}"/>`,
    ),
    '    </properties>',
    ...cases.flatMap(({ verdict, element }) => caseOf(place, verdict, element)),
    '  </testsuite>',
  ];
  return { lines, counts };
}

type Element = 'failure' | 'error' | 'skipped' | undefined;

/** A failure is about the model's claims, an error about the model or the check itself. */
function elementOf({ came }: Verdict, { allowIncomplete }: CiOptions): Element {
  if (came === 'as expected') return undefined;
  if (came === 'not decided') return allowIncomplete ? 'skipped' : 'error';
  return came === 'threw' ? 'error' : 'failure';
}

function caseOf(place: string, verdict: Verdict, element: Element): string[] {
  const open = `    <testcase name="${xml(verdict.name)}" classname="${xml(place)}"`;
  if (element === undefined) return [`${open}/>`];
  const { claimed, came, race } = verdict;
  const message = sentenceOfVerdict(verdict);
  const text = claimed === undefined ? message : `${message}\n${claimed}`;
  const inside =
    element === 'skipped'
      ? `<skipped>${xml(message)}</skipped>`
      : `<${element} type="${came}" message="${xml(message)}">${xml(text, 'lines')}</${element}>`;
  const out = race === undefined ? [] : [`      <system-out>${xml(race, 'lines')}</system-out>`];
  return [`${open}>`, `      ${inside}`, ...out, '    </testcase>'];
}

function attributes(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
}
