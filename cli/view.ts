/** `mmucheck view`: the results in a browser, and every execution of the models step by step. */
import type { Command } from 'commander';
import { executed, goesRound } from '#explorer';
import { instantiate } from '#notation';
import {
  page,
  pageAwaited,
  type PageDocument,
  type PageNews,
  type PageResult,
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
import { type Planned, runSearches } from './searches.ts';
import { type KnownSuite, ownSuites, suitesOf, targetsOf, variantNamed } from './suites.ts';
import { stepping } from './time-limit.ts';
import { version } from './version.ts';
import type { Answer } from './view-server.ts';

interface ViewOptions extends SearchOptions {
  readonly suite?: readonly string[];
  readonly results?: string;
  readonly port: number;
}

/** What is looked at. */
interface Viewed {
  readonly known: readonly KnownSuite[];
  /** Of each variant what there is to tell, and its result once it has come. */
  readonly shown: PageResult[];
  readonly results: (Reported | undefined)[];
  /** What has come since the beginning, in its order. */
  readonly news: PageResult[];
  /** Looks for the results that are awaited. Resolves when all have come, or a signal has ended it. */
  readonly search: () => Promise<unknown>;
}

/** Adds the verb. */
export function addView(program: Command): void {
  const command = program
    .command('view')
    .summary('look at results and executions in a browser')
    .description(
      'serve the matrix, every race and every state to a browser on this machine, until it is interrupted; verdicts come in as they are found',
    )
    .argument('[what...]', 'model, model/variant or file.ts, which are checked; all of our own when nothing is named')
    .option('--results <document>', 'what check --json wrote, in place of checking')
    .option('--port <n>', 'the port on 127.0.0.1, in place of any that is free', port, 0);
  withDebug(withSuite(withSearchOptions(command))).action(view);

  async function view(named: readonly string[], options: ViewOptions): Promise<void> {
    const verbs = program.commands.map((each) => each.name());
    const viewed = options.results === undefined ? await begun(named, options, verbs) : await readBack(named, options);
    const { serve } = await import('./view-server.ts');
    const { url, close } = await serve(answering(viewed), options.port);
    const interrupted = new Promise<void>((end) => {
      process.once('SIGINT', () => end()).once('SIGTERM', () => end());
    });
    print(url);
    process.stderr.write('mmucheck: open this address in a browser; Ctrl-C ends it\n');
    try {
      await Promise.all([viewed.search(), interrupted]);
    } finally {
      await close();
    }
  }
}

function port(text: string): number {
  const read = Number(text);
  if (!/^\d+$/.test(text) || read > 65_535) throw usage(`--port takes a number up to 65535, and got "${text}"`);
  return read;
}

/** What a check is to find out. */
async function begun(named: readonly string[], options: ViewOptions, verbs: readonly string[]): Promise<Viewed> {
  const asked = await targetsOf(named, options.suite ?? [], verbs);
  const { targets, needing, indifferent } = underOrder(asked, options.memory);
  for (const sentence of [...needing, ...indifferent]) process.stderr.write(`${sentence}\n`);
  const jobs = planned(targets, options);
  const shown = jobs.map(({ suite, job }) => pageAwaited(suite, job.variant, job.bounds));
  const results: Viewed['results'] = jobs.map(() => undefined);
  const news: PageResult[] = [];
  const onResult = (at: number, result: Reported): void => {
    results[at] = result;
    shown[at] = pageResult(result, (jobs[at] as Planned).suite);
    news.push(shown[at]);
  };
  const search = () => runSearches(jobs, { atOnce: options.jobs, onResult });
  return { known: [...asked, ...ownSuites()], shown, results, news, search };
}

/** The results in a document. */
async function readBack(named: readonly string[], { results: document = '' }: ViewOptions): Promise<Viewed> {
  if (named.length > 0) throw usage(`--results says what there is to see; leave out ${named.join(' ')}`);
  const { readResultFile, restored } = await import('./result-file.ts');
  const read = readResultFile(document).results;
  const known = [...(await suitesOf(read.flatMap(({ file }) => file ?? []))), ...ownSuites()];
  const results = read.map((each) => restored(each, known, document));
  const shown = results.map((result) => pageResult(result, suiteAmong(known, result).suite));
  return { known, shown, results, news: [], search: async () => undefined };
}

function suiteAmong(known: readonly KnownSuite[], { model, variant, file }: Reported): KnownSuite {
  return variantNamed(
    `${model}/${variant}`,
    known.filter((each) => each.file === file),
  );
}

/** What is answered: the page, what has come since, the execution that violates a claim, the execution that a replay line names. */
function answering({
  known,
  shown,
  results,
  news,
}: Viewed): (path: string, asked: URLSearchParams) => Answer | undefined {
  const program = pageProgram();

  function race(key: string, name: string): Walk {
    const at = shown.findIndex((each) => each.key === key);
    const result = results[at];
    if (at >= 0 && result === undefined) throw usage(`${key} is yet to be searched for a race; ask again later`);
    const claim = result?.claims.find((each) => each.name === name);
    if (result === undefined || claim?.trace === undefined) throw usage(`there is no execution for ${name} of ${key}`);
    const { suite, file } = suiteAmong(known, result);
    const { trace } = claim;
    return walkOf(trace, instantiate(suite.model, result.variant, trace.bounds), suite, claim, file);
  }

  return (path, asked) => {
    if (path === '') {
      const document: PageDocument = { kind: 'results', version: version(), results: shown, news: news.length };
      return { type: 'text/html', body: page(program, document, true) };
    }
    if (path === 'news') return answerOf({ results: news.slice(Number(asked.get('after'))) } satisfies PageNews);
    if (path === 'race') return answerOf({ walk: race(asked.get('variant') ?? '', asked.get('claim') ?? '') });
    if (path === 'walk') return answerOf({ walk: along(asked.get('line') ?? '', known) });
    return undefined;
  };
}

function answerOf(answer: object): Answer {
  return { type: 'application/json', body: JSON.stringify(answer) };
}

/** The execution that a replay line names. @throws Failure, ReplayError when there is none. */
function along(line: string, known: readonly KnownSuite[]): Walk {
  const { target, bounds, initial, steps, loopFrom } = parsed(line);
  const { suite, variant, file } = variantNamed(target, known);
  const instance = instantiate(suite.model, variant, bounds);
  return stepping(instance.name, steps.length, () => {
    const trace = executed(instance, initial, threadsNamed(instance, steps), undefined, loopFrom);
    return walkOf(goesRound(trace) ? trace : { ...trace, loopFrom: undefined }, instance, suite, undefined, file);
  });
}

function parsed(line: string): ReturnType<typeof parseReplayLine> {
  try {
    return parseReplayLine(line);
  } catch (error) {
    if (error instanceof ReplayLineError) throw usage(`the replay line does not parse, ${error.message}`, error);
    throw error;
  }
}
