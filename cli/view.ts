/** `mmucheck view`: the results in a browser, and every execution of the models step by step. */
import type { Command } from 'commander';
import { executed, goesRound } from '#explorer';
import { instantiate } from '#notation';
import {
  exitCodes,
  page,
  type PageDocument,
  pageResult,
  parseReplayLine,
  type Reported,
  ReplayLineError,
  threadsNamed,
  type Walk,
  walkOf,
} from '#report';
import { usage } from './failure.ts';
import { underOrder } from './memory.ts';
import { type SearchOptions, withDebug, withSearchOptions, withSuite } from './options.ts';
import { print } from './output.ts';
import { pageProgram } from './page-program.ts';
import { planned } from './plan.ts';
import { runSearches } from './searches.ts';
import { type KnownSuite, ownSuites, suitesOf, targetsOf, variantNamed } from './suites.ts';
import { version } from './version.ts';
import type { Answer } from './view-server.ts';

interface ViewOptions extends SearchOptions {
  readonly suite?: readonly string[];
  readonly results?: string;
  readonly port: number;
}

/** What is looked at. */
interface Viewed {
  readonly results: readonly Reported[];
  readonly known: readonly KnownSuite[];
}

/** Adds the verb. */
export function addView(program: Command): void {
  const command = program
    .command('view')
    .summary('look at results and executions in a browser')
    .description('serve the matrix, every race and every state to a browser on this machine, until it is interrupted')
    .argument(
      '[what...]',
      'model, model/variant or file.ts, which are checked first; all of our own when nothing is named',
    )
    .option('--results <document>', 'what check --json wrote, in place of checking')
    .option('--port <n>', 'the port on 127.0.0.1, in place of any that is free', port, 0);
  withDebug(withSuite(withSearchOptions(command))).action(view);

  async function view(named: readonly string[], options: ViewOptions): Promise<void> {
    const verbs = program.commands.map((each) => each.name());
    const viewed =
      options.results === undefined ? await checked(named, options, verbs) : await readBack(named, options);
    if (viewed === undefined) return;
    const { serve } = await import('./view-server.ts');
    const { url, close } = await serve(answering(viewed), options.port);
    const interrupted = new Promise<void>((end) => {
      process.once('SIGINT', () => end()).once('SIGTERM', () => end());
    });
    print(url);
    process.stderr.write('mmucheck: open this address in a browser; Ctrl-C ends it\n');
    await interrupted;
    await close();
  }
}

function port(text: string): number {
  const read = Number(text);
  if (!/^\d+$/.test(text) || read > 65_535) throw usage(`--port takes a number up to 65535, and got "${text}"`);
  return read;
}

/** The results of a check; undefined when a signal ended it. */
async function checked(
  named: readonly string[],
  options: ViewOptions,
  verbs: readonly string[],
): Promise<Viewed | undefined> {
  const asked = await targetsOf(named, options.suite ?? [], verbs);
  const { targets, needing, indifferent } = underOrder(asked, options.memory);
  for (const sentence of [...needing, ...indifferent]) process.stderr.write(`${sentence}\n`);
  const { results, signal } = await runSearches(planned(targets, options), { atOnce: options.jobs });
  if (signal === undefined) return { results, known: [...asked, ...ownSuites()] };
  process.exitCode = exitCodes[signal === 'SIGTERM' ? 'terminated' : 'interrupted'];
  return undefined;
}

/** The results in a document. */
async function readBack(named: readonly string[], { results: document = '' }: ViewOptions): Promise<Viewed> {
  if (named.length > 0) throw usage(`--results says what there is to see; leave out ${named.join(' ')}`);
  const { readResultFile, restored } = await import('./result-file.ts');
  const read = readResultFile(document).results;
  const known = [...(await suitesOf(read.flatMap(({ file }) => file ?? []))), ...ownSuites()];
  return { results: read.map((each) => restored(each, known, document)), known };
}

/** What is answered: the page, the execution that violates a claim, the execution that a replay line names. */
function answering({ results, known }: Viewed): (path: string, asked: URLSearchParams) => Answer | undefined {
  const suiteOf = ({ model, variant, file }: Reported): KnownSuite =>
    variantNamed(
      `${model}/${variant}`,
      known.filter((each) => each.file === file),
    );
  const shown = results.map((result) => pageResult(result, suiteOf(result).suite));
  const document: PageDocument = { kind: 'results', version: version(), results: shown };
  const html = page(pageProgram(), document, true);

  function race(key: string, name: string): Walk {
    const result = results[shown.findIndex((each) => each.key === key)];
    const claim = result?.claims.find((each) => each.name === name);
    if (result === undefined || claim?.trace === undefined) throw usage(`there is no execution for ${name} of ${key}`);
    const { suite, file } = suiteOf(result);
    const { trace } = claim;
    return walkOf(trace, instantiate(suite.model, result.variant, trace.bounds), suite, claim, file);
  }

  return (path, asked) => {
    if (path === '') return { type: 'text/html', body: html };
    if (path === 'race') return answerOf(race(asked.get('variant') ?? '', asked.get('claim') ?? ''));
    if (path === 'walk') return answerOf(along(asked.get('line') ?? '', known));
    return undefined;
  };
}

function answerOf(walk: Walk): Answer {
  return { type: 'application/json', body: JSON.stringify({ walk }) };
}

/** The execution that a replay line names. @throws Failure, ReplayError when there is none. */
function along(line: string, known: readonly KnownSuite[]): Walk {
  const { target, bounds, initial, steps, loopFrom } = parsed(line);
  const { suite, variant, file } = variantNamed(target, known);
  const instance = instantiate(suite.model, variant, bounds);
  const trace = executed(instance, initial, threadsNamed(instance, steps), undefined, loopFrom);
  return walkOf(goesRound(trace) ? trace : { ...trace, loopFrom: undefined }, instance, suite, undefined, file);
}

function parsed(line: string): ReturnType<typeof parseReplayLine> {
  try {
    return parseReplayLine(line);
  } catch (error) {
    if (error instanceof ReplayLineError) throw usage(`the replay line does not parse, ${error.message}`, error);
    throw error;
  }
}
