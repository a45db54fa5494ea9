/** What an edit comes to, in words and as data. */
import { match } from 'ts-pattern';
import type { Broken, Finding, Trace } from '#explorer';
import type { Tone } from './colour.ts';
import type { DocumentHead } from './json.ts';
import { replayLine } from './replay-line.ts';

/** How many of the claims that break are named in a listing; the JSON document has all. */
const namedClaims = 2;

/** A finding in one line, however long. */
export function findingText(finding: Finding): string {
  return match(finding)
    .with({ kind: 'needed' }, ({ breaks }) => `needed: ${brokenText(breaks)}`)
    .with({ kind: 'not shown needed' }, ({ mends }) =>
      mends.length > 0 ? `not shown needed; mends ${mends.join(', ')}` : 'not shown needed',
    )
    .with(
      { kind: 'throws' },
      ({ message }) => `throws: ${message.replace(/, which is none there: .*/, ', which is not set')}`,
    )
    .with({ kind: 'not decidable' }, ({ message }) => `not decidable under this order: ${message}`)
    .with({ kind: 'does not compile' }, ({ message }) => `does not compile: ${message.replace(/; .*/, '')}`)
    .otherwise(({ kind, message }) => `${kind}: ${message}`);
}

/** What breaks, soonest first, and how soon. */
export function brokenText(breaks: readonly Broken[], most = namedClaims): string {
  const named = breaks.slice(0, most).map(({ name, trace }, i) => {
    const steps = trace?.length === 1 ? ' step' : ' steps';
    return trace ? `${name} in ${trace.length}${i === 0 ? steps : ''}` : name;
  });
  const more = breaks.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** How a finding is painted: what is not shown needed is what a reader looks for. */
export function toneOf({ kind }: Finding): Tone | undefined {
  if (kind === 'not shown needed') return 'strong';
  if (kind === 'incomplete') return 'open';
  return kind === 'needed' ? undefined : 'faint';
}

/** The trace that shows a finding best, where it has one. */
export function traceOf(finding: Finding): Trace | undefined {
  if (finding.kind === 'needed') return finding.breaks[0]?.trace;
  return finding.kind === 'throws' ? finding.trace : undefined;
}

/** A finding as the JSON document has it. */
export function jsonFinding(finding: Finding) {
  return match(finding)
    .with({ kind: 'needed' }, ({ kind, breaks }) => ({
      kind,
      breaks: breaks.map(({ name, trace }) => ({
        name,
        ...(trace && { length: trace.length, switches: trace.switches, replay: replayLine(trace) }),
      })),
    }))
    .with({ kind: 'not shown needed' }, ({ kind, states, mends }) => ({ kind, states, mends }))
    .with({ kind: 'throws' }, ({ kind, message, trace }) => ({
      kind,
      message,
      ...(trace && { length: trace.length, replay: replayLine(trace) }),
    }))
    .otherwise(({ kind, message }) => ({ kind, message }));
}

/** How many findings of each kind there are, for the last line of a report. */
export function countedFindings(findings: readonly Finding[]): string {
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  const order = ['needed', 'not shown needed', 'not decidable', 'vacuous', 'throws', 'does not compile', 'incomplete'];
  return kinds
    .toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
    .map((kind) => `${findings.filter((each) => each.kind === kind).length} ${kind}`)
    .join(', ');
}

/** The document that verbs write which try other lists than those of the suite, as text that ends with a newline. */
export function findingsDocument({ version, startedAt, ok }: DocumentHead, found: object): string {
  return `${JSON.stringify({ tool: 'mmucheck', version, startedAt: startedAt.toISOString(), ...found, ok }, null, 2)}\n`;
}
