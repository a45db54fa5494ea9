/** `mmucheck conform`: what a real kernel did, replayed through a policy's steps. */
import type { Command } from 'commander';
import { pteListPolicies } from '#model';
import { conform, conformText, RecordingError, readRecording } from '#recording';
import { exitCodes, wrapped } from '#report';
import { Failure, usage } from './failure.ts';
import { suggestion } from './nearest.ts';
import { withDebug, withWidth } from './options.ts';
import { print } from './output.ts';
import { PolicyLists } from './policy-lists.ts';

/** The policies that recorded kernels can have. */
const policies = ['tail-count', 'per-array-counter', 'first-fit'] as const;

/** Adds the verb. */
export function addConform(program: Command): void {
  const command = program
    .command('conform')
    .summary('compare a recording with a model')
    .description("replay a real kernel's recording through the steps that the explorer checks")
    .argument(
      '<recording>',
      'an .ops.jsonl.gz file, or the text of the file trace of tracefs; the .log beside it is read too',
    )
    .requiredOption('--policy <name>', `how the kernel keeps its lists: ${policies.join(', ')}`);
  withDebug(withWidth(command)).action(run);
}

function run(file: string, { policy, width }: { policy: string; width: number }): void {
  const known = policies.find((name) => name === policy);
  if (known === undefined)
    throw usage(`there is no policy ${policy}${suggestion(policy, policies)}; the policies are ${policies.join(', ')}`);
  const result = conform(recordingIn(file), new PolicyLists(pteListPolicies[known]));
  print(
    conformText(result)
      .flatMap((line) => indented(line, width))
      .join('\n'),
  );
  process.exitCode = result.outcome === 'differs' ? exitCodes.violated : exitCodes.asExpected;
}

function recordingIn(file: string): ReturnType<typeof readRecording> {
  try {
    return readRecording(file);
  } catch (error) {
    if (error instanceof RecordingError) throw new Failure(exitCodes.badFile, error.message, { cause: error });
    throw error;
  }
}

/** A line that keeps its indent where it is broken. */
function indented(line: string, width: number): string[] {
  const [indent = ''] = /^ */.exec(line) ?? [];
  return wrapped(line.slice(indent.length), width - indent.length - 2).map(
    (part, i) => `${indent}${i === 0 ? '' : '  '}${part}`,
  );
}
