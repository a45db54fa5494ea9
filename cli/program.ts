/** The verbs of the command line, and what becomes of an error in it. */
import { Command, CommanderError } from 'commander';
import { describeFailure, usage } from './failure.ts';
import { version } from './version.ts';

/** Adds a verb to the program. */
type Add = (program: Command) => void;

/** Every verb, in the order of `--help`. One is loaded when it is asked for: it would else take as long to load as to draw a race. */
const verbs: Readonly<Record<string, () => Promise<Add>>> = {
  check: async () => (await import('./check.ts')).addCheck,
  show: async () => (await import('./show.ts')).addShow,
  view: async () => (await import('./view.ts')).addView,
  walk: async () => (await import('./walk.ts')).addWalk,
  graph: async () => (await import('./graph.ts')).addGraph,
  replay: async () => (await import('./replay.ts')).addReplay,
  merge: async () => (await import('./merge.ts')).addMerge,
  ablate: async () => (await import('./ablate.ts')).addAblate,
  orders: async () => (await import('./orders.ts')).addOrders,
  measure: async () => (await import('./measure.ts')).addMeasure,
  findings: async () => (await import('./findings.ts')).addFindings,
  conform: async () => (await import('./conform.ts')).addConform,
  list: async () => (await import('./list.ts')).addList,
  new: async () => (await import('./new.ts')).addNew,
};

/** The program with the verb that is asked for; with all of them where none is, or what there is. */
export async function program([first = '']: readonly string[]): Promise<Command> {
  const made = new Command('mmucheck')
    .description(
      'Explores every interleaving of small models of the Linux KVM MMU, and draws the races that break their claims.',
    )
    .version(version())
    // Their options are in the help of each.
    .configureHelp({ subcommandTerm: termOf, minWidthToWrap: 20 })
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError();
  const wanted = Object.hasOwn(verbs, first) ? [first] : Object.keys(verbs);
  for (const add of await Promise.all(wanted.map((verb) => (verbs[verb] as () => Promise<Add>)()))) add(made);
  return made;
}

/** A verb with its arguments. */
function termOf(verb: Command): string {
  const taken = verb.registeredArguments.map((each) => {
    const named = `${each.name()}${each.variadic ? '...' : ''}`;
    return each.required ? `<${named}>` : `[${named}]`;
  });
  return [verb.name(), ...taken].join(' ');
}

/** What is printed for what somebody throws, and the exit code; undefined for the end of `--help`. */
export function told(error: unknown, debug: boolean): { text: string; code: number } | undefined {
  if (error instanceof CommanderError && error.exitCode === 0) return undefined;
  return describeFailure(error instanceof CommanderError ? usage(sentence(error), error) : error, debug);
}

/** What commander says of a command line, in one line, with where to look next. */
function sentence({ message }: CommanderError): string {
  const said = message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/[.\s]+$/, '');
  return `${said}; mmucheck --help and mmucheck <verb> --help show what there is`;
}
