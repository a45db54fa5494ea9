import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordingError } from '#recording';
import { hasShared, kept, shared } from './samples.ts';
import { broken, type Choice, checked, type Mutant, mutant, type Trace, traceOf, traces } from './traces.ts';

/** MMUCHECK_LONG=1 takes 200 mutants of each kind from all recordings, in place of 20 from those kept here. */
const long = process.env.MMUCHECK_LONG === '1';
const wanted = long ? 200 : 20;
const place = long && hasShared ? shared : kept;

/** Longer traces show the same, and take longer. */
const MOST_LINES = 8000;

const all = traces(place)
  .map((workload) => traceOf(place, workload))
  .filter(({ lines }) => lines.length <= MOST_LINES);
const kinds = [...new Set(all.map(({ workload }) => workload.split('/')[0] ?? ''))];

interface Drawn {
  readonly trace: Trace;
  readonly mutant: Mutant;
}

function drawn(kind: string): Drawn[] {
  const ofKind = all.filter(({ workload }) => workload.startsWith(`${kind}/`));
  const choice: fc.Arbitrary<Choice> = fc.record({
    how: fc.nat(2),
    where: fc.nat(1_000_000),
    what: fc.nat(1_000_000),
  });
  const choices = fc.sample(fc.record({ of: fc.nat(1000), choice }), { seed: 21, numRuns: 2 * wanted });
  const mutants = choices.flatMap(({ of, choice }) => {
    const trace = ofKind[of % ofKind.length] as Trace;
    const found = mutant(trace.lines, choice);
    return found === undefined ? [] : [{ trace, mutant: found }];
  });
  return mutants.slice(0, wanted);
}

/** A line that has become unreadable is refused, which is as good. */
function isDetected({ trace, mutant: { lines } }: Drawn): boolean {
  try {
    return broken(checked(trace, lines)).length > 0;
  } catch (error) {
    if (error instanceof RecordingError) return true;
    throw error;
  }
}

describe('an event that was dropped, exchanged with another or altered, and all numbered anew,', () => {
  it.each(kinds)(
    'is detected in a recording of %s, 19 times of 20',
    (kind) => {
      const mutants = drawn(kind);
      expect(mutants).toHaveLength(wanted);
      const survivors = mutants.filter((each) => !isDetected(each));
      const told = survivors.map(({ trace, mutant }) => `${trace.workload}, ${mutant.told}`);
      if (long && told.length > 0) process.stdout.write(`survivors of ${kind}:\n  ${told.join('\n  ')}\n`);
      expect(survivors.length, told.join('\n')).toBeLessThanOrEqual(wanted / 20);
    },
    600_000,
  );
});
