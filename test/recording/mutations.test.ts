import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pteListPolicies } from '#model';
import { conform, readLog, readOperations, RecordingError } from '#recording';
import { PolicyLists } from '../../cli/policy-lists.ts';
import { long } from '../long.ts';
import { logMutant, operationMutant } from './other-mutants.ts';
import { hasShared, kept, policyOf, shared, unpacked, workloads } from './samples.ts';
import { broken, type Choice, checked, type Mutant, mutant, traceOf, traces } from './traces.ts';

/** The long form takes 200 mutants of each kind from all recordings, in place of 20 from those kept here. */
const wanted = long ? 200 : 20;
const place = long && hasShared ? shared : kept;

/** Longer files show the same, and take longer. */
const MOST_LINES = 8000;

/** What mutants are made from, and who is to notice. */
interface Source {
  readonly workload: string;
  readonly lines: readonly string[];
  readonly mutate: (lines: readonly string[], choice: Choice) => Mutant | undefined;
  readonly differs: (lines: readonly string[]) => boolean;
}

const events = traces(place).map((workload): Source => {
  const trace = traceOf(place, workload);
  return { workload, lines: trace.lines, mutate: mutant, differs: (lines) => broken(checked(trace, lines)).length > 0 };
});

const operations = workloads(place)
  .filter((workload) => !workload.includes('-tdp/'))
  .map((workload): Source => {
    const lines = unpacked(readFileSync(join(place, `${workload}.ops.jsonl.gz`)))
      .split('\n')
      .slice(0, -1);
    const lists = () => new PolicyLists(pteListPolicies[policyOf(workload)]);
    const differs = (changed: readonly string[]) => {
      const read = readOperations(`${changed.join('\n')}\n`, workload);
      const { outcome, endsWhole } = conform({ file: workload, form: 'ops.jsonl', operations: read }, lists());
      return outcome === 'differs' || !endsWhole;
    };
    return { workload, lines, mutate: operationMutant, differs };
  });

const logs = traces(place).flatMap((workload): Source[] => {
  const trace = traceOf(place, workload);
  const lines = readFileSync(join(place, `${workload}.log`), 'utf8')
    .split('\n')
    .slice(0, -1);
  if (!lines.some((line) => line.includes('"t":"get_dirty_log"'))) return [];
  const differs = (changed: readonly string[]) => {
    const log = readLog(`${changed.join('\n')}\n`, workload);
    return broken(checked({ ...trace, log }, trace.lines)).length > 0;
  };
  return [{ workload, lines, mutate: logMutant, differs }];
});

function byDirectory(sources: readonly Source[], what: string): [string, readonly Source[]][] {
  const short = sources.filter(({ lines }) => lines.length <= MOST_LINES);
  const directories = [...new Set(short.map(({ workload }) => workload.split('/')[0] ?? ''))];
  return directories.map((of) => [`${what} of ${of}`, short.filter(({ workload }) => workload.startsWith(`${of}/`))]);
}

interface Drawn {
  readonly source: Source;
  readonly mutant: Mutant;
}

function drawn(sources: readonly Source[]): Drawn[] {
  const choice: fc.Arbitrary<Choice> = fc.record({ how: fc.nat(2), where: fc.nat(1_000_000), what: fc.nat(1_000_000) });
  const choices = fc.sample(fc.record({ of: fc.nat(1000), choice }), { seed: 21, numRuns: 6 * wanted });
  const mutants: Drawn[] = [];
  for (const { of, choice: chosen } of choices) {
    const source = sources[of % sources.length] as Source;
    const found = mutants.length < wanted ? source.mutate(source.lines, chosen) : undefined;
    if (found !== undefined) mutants.push({ source, mutant: found });
  }
  return mutants;
}

/** A file that has become unreadable is refused, which is as good. */
function isDetected({ source, mutant: { lines } }: Drawn): boolean {
  try {
    return source.differs(lines);
  } catch (error) {
    if (error instanceof RecordingError) return true;
    throw error;
  }
}

describe('what was dropped, exchanged or altered, and all numbered anew, is detected 19 times of 20 in', () => {
  it.each([
    ...byDirectory(events, 'events'),
    ...byDirectory(operations, 'operations'),
    ['logs', logs] as [string, readonly Source[]],
  ])(
    '%s',
    (kind, sources) => {
      const mutants = drawn(sources);
      expect(mutants).toHaveLength(wanted);
      const survivors = mutants.filter((each) => !isDetected(each));
      const told = survivors.map(({ source, mutant: { told } }) => `${source.workload}, ${told}`);
      if (long && told.length > 0) process.stdout.write(`survivors in ${kind}:\n  ${told.join('\n  ')}\n`);
      expect(survivors.length, told.join('\n')).toBeLessThanOrEqual(wanted / 20);
    },
    600_000,
  );
});
