/** `mmucheck walk`: random walks, for bounds that cannot be exhausted. */
import { randomInt } from 'node:crypto';
import { type Command, Option } from 'commander';
import { judgeViolation } from '#explorer';
import { executionClaims, instantiate, type MemoryOrder, memoryOrders } from '#notation';
import { codeOf, drawViolation, exitCodes, shellWord, wrapped } from '#report';
import { refusing, usage } from './failure.ts';
import { underOrder } from './memory.ts';
import { bounds, natural, seconds, whole, withDebug, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { planned } from './plan.ts';
import { claimNamed, ownSuites, suitesOf, variantNamed } from './suites.ts';
import type { Job } from './searches.ts';
import { runWalks } from './walks.ts';

interface WalkOptions {
  readonly bounds?: Readonly<Record<string, number>>;
  readonly memory?: MemoryOrder;
  readonly seed?: number;
  readonly path?: number;
  readonly walks: number;
  readonly steps: number;
  readonly maxSeconds?: number;
  readonly jobs?: number;
  readonly width: number;
  readonly suite?: readonly string[];
}

/** The most steps of a walk: its states are kept until it ends. */
const mostSteps = 1_000_000;

/** Adds the verb. */
export function addWalk(program: Command): void {
  const command = program
    .command('walk')
    .summary('look for a violation by random walks')
    .description(
      'look for a violation by random walks, for bounds that cannot be exhausted; what is found is shrunk and drawn',
    )
    .argument('<model/variant>', 'one that mmucheck list shows')
    .argument('[claim]', 'an invariant, or deadlock, BUG_ON, WARN_ON_ONCE, range, throws; any when none is named')
    .option('--bounds <gfn=3,vcpu=2>', 'sizes of sets, in place of the defaults', bounds)
    .addOption(new Option('--memory <order>', 'the memory order, in place of the own one').choices(memoryOrders))
    .option('--walks <n>', 'walks to make', whole('--walks'), 10_000)
    .option('--steps <n>', 'steps that each has at most', whole('--steps'), 1_000)
    .option('--max-seconds <n>', 'begin no walk after so many seconds', seconds)
    .option('--seed <n>', 'the seed, to make the same walks again (another one each time)', natural('--seed'))
    .option('--path <n>', 'make only the walk of this number, to find again what it found', natural('--path'))
    .option('--jobs <n>', 'walks made at the same time (as many as there are processors, at most 4)', whole('--jobs'));
  withDebug(withWidth(withSuite(command))).action(walk);
}

async function walk(name: string, claimed: string | undefined, options: WalkOptions): Promise<void> {
  const { seed = randomInt(2 ** 32), path, steps, width, maxSeconds, jobs } = options;
  if (steps > mostSteps) throw usage(`--steps takes a whole number from 1 to ${mostSteps}, and got ${steps}`);
  const named = variantNamed(name, [...(await suitesOf(options.suite ?? [])), ...ownSuites()]);
  const claim = claimed === undefined ? undefined : claimNamed(claimed, named);
  const { targets } = underOrder([named], options.memory);
  const [{ suite, job }] = planned(targets, { bounds: options.bounds ?? {} }) as [ReturnType<typeof planned>[number]];
  const instance = refusing(() => instantiate(suite.model, job.variant, job.bounds));
  if (claim !== undefined && claim in suite.reachable)
    throw usage(`${claim} is to be reached, and is not looked for by walks; mmucheck check ${name} says whether it is`);
  if (claim !== undefined && executionClaims(suite, instance.bounds).some((each) => each.name === claim))
    throw usage(`${claim} is claimed of whole executions, and a walk sees states; mmucheck check ${name} decides it`);
  const walks = { seed, first: path ?? 0, count: path === undefined ? options.walks : 1, steps, claim };
  const { found, ...made } = await runWalks({ ...job, walks: { ...walks, seconds: maxSeconds } }, jobs);
  if (found === undefined) {
    const what = claim === undefined ? 'no violation' : `no violation of ${claim}`;
    const said = `${job.model}/${job.variant}: ${what} found in ${made.walks} walks of at most ${steps} steps (${made.steps} in all), seed ${seed}; what walks do not find may be there all the same`;
    print(wrapped(said, width).join('\n'));
    process.exitCode = exitCodes.incomplete;
    return;
  }
  const violated = judgeViolation(suite, job.variant, instance.bounds, found);
  const length = violated.trace?.length ?? found.path.steps.length;
  print(
    [
      drawViolation(job, violated, { width, paint: painter(), suiteFile: job.file }),
      [
        ...wrapped(
          `found by walk ${found.walk} of seed ${seed} in ${found.length} steps, shrunk to ${length}, which need not be the shortest; to find it again:`,
          width,
        ),
        again({ ...job, bounds: instance.bounds }, claim, { seed, path: found.walk, steps }),
      ].join('\n'),
    ].join('\n\n'),
  );
  process.exitCode = codeOf(violated);
}

/** The command that makes one walk again. It is one line, however long. */
function again(
  { file, model, variant, bounds: sizes }: Job,
  claim: string | undefined,
  { seed, path, steps }: { seed: number; path: number; steps: number },
): string {
  const given = Object.entries(sizes).map(([set, size]) => `${set}=${size}`);
  return [
    `mmucheck walk ${model}/${variant}`,
    ...(claim === undefined ? [] : [claim]),
    ...(file === undefined ? [] : [`--suite ${shellWord(file)}`]),
    ...(given.length > 0 ? [`--bounds ${given.join(',')}`] : []),
    `--steps ${steps} --seed ${seed} --path ${path}`,
  ].join(' ');
}
