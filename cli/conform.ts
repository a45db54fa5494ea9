/** `mmucheck conform`: what a real kernel did, replayed through a policy's steps, and held to the rules of its MMU. */
import type { Command } from 'commander';
import { type PteListPolicy, pteListPolicies } from '#model';
import {
  type ConformResult,
  checkEvents,
  conform,
  conformText,
  type Recording,
  RecordingError,
  type RuleResult,
  readRecording,
  rulesText,
} from '#recording';
import { exitCodes, wrapped } from '#report';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import { Failure, usage } from './failure.ts';
import { suggestion } from './nearest.ts';
import { withDebug, withWidth } from './options.ts';
import { print } from './output.ts';
import { PolicyLists } from './policy-lists.ts';
import { version } from './version.ts';

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
      'an .ops.jsonl.gz or .trace.gz file, or the text of the file trace of tracefs; the .log beside it is read too, and the .trace.gz beside list operations',
    )
    .requiredOption('--policy <name>', `how the kernel keeps its lists: ${policies.join(', ')}`)
    .option('--json <file>', 'write the result as a JSON document; - for standard output, in place of the text');
  withDebug(withWidth(command)).action(run);
}

interface Options {
  readonly policy: string;
  readonly width: number;
  readonly json?: string;
}

interface Compared {
  readonly lists?: ConformResult;
  readonly rules?: readonly RuleResult[];
}

function run(file: string, { policy, width, json }: Options): void {
  const known = policies.find((name) => name === policy);
  if (known === undefined)
    throw usage(`there is no policy ${policy}${suggestion(policy, policies)}; the policies are ${policies.join(', ')}`);
  const documents = wantedOf({ json }, ['json']);
  mustBeWritable(documents);
  const startedAt = new Date();
  const recording = recordingIn(file);
  const compared = compare(recording, pteListPolicies[known]);
  const ok = !differs(compared);
  const document = { tool: 'mmucheck', version: version(), startedAt, file, policy, ...compared, ok };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (json !== '-')
    print(
      lines(compared, recording)
        .flatMap((line) => indented(line, width))
        .join('\n'),
    );
  for (const each of documents) write(each, text);
  process.exitCode = ok ? exitCodes.asExpected : exitCodes.violated;
}

/** List operations are replayed and events held to the rules, whichever of the two there is, each through lists of its own. */
function compare(recording: Recording, policy: PteListPolicy): Compared {
  const { form, trace, log } = recording;
  return {
    ...(form === 'trimmed trace' ? {} : { lists: conform(recording, new PolicyLists(policy)) }),
    ...(trace === undefined ? {} : { rules: checkEvents(trace.events, new PolicyLists(policy), log) }),
  };
}

function differs({ lists, rules = [] }: Compared): boolean {
  return lists?.outcome === 'differs' || rules.some(({ differences }) => differences > 0);
}

function lines({ lists, rules }: Compared, { trace, log, file }: Recording): string[] {
  return [
    ...(lists === undefined ? [] : conformText(lists)),
    ...(rules === undefined ? [] : rulesText(rules, trace?.file ?? file)),
    ...(rules !== undefined && log === undefined
      ? ['no .log beside the trace: what was written, asked for and counted is not compared']
      : []),
  ];
}

function recordingIn(file: string): Recording {
  try {
    return readRecording(file);
  } catch (error) {
    if (error instanceof RecordingError) throw new Failure(exitCodes.badFile, error.message, { cause: error });
    throw error;
  }
}

/** A line that keeps its indent where it is broken. */
function indented(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  return wrapped(line.slice(indent.length), width - indent.length - 2).map(
    (part, i) => `${indent}${i === 0 ? '' : '  '}${part}`,
  );
}
