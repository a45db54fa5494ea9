/** GitHub Actions: annotations, which are lines that the runner reads, and the Markdown of a step's summary. */
import { oneLine } from './escape.ts';
import type { Reported, SourceOf } from './reported.ts';
import { standingOf } from './standing.ts';
import { sentenceOfVerdict, type Verdict, verdictsOf } from './verdict.ts';

/** As many annotations of one type are shown for a step. */
const mostAnnotations = 10;
/** As many bytes a step's summary may have. */
const mostBytes = 1024 * 1024;

interface News {
  readonly result: Reported;
  readonly verdict: Verdict;
}

/** The annotations, a line each; empty when everything is as expected. */
export function githubAnnotations(results: readonly Reported[], sourceOf: SourceOf = () => undefined): string {
  const news = newsOf(results);
  const open = ({ verdict }: News) => verdict.came === 'not decided';
  const lines = (type: 'error' | 'warning', of: readonly News[]) => {
    const shown = of.length > mostAnnotations ? of.slice(0, mostAnnotations - 1) : of;
    const more = of.length - shown.length;
    return [
      ...shown.map((each) => annotation(type, each, sourceOf)),
      ...(more > 0 ? [`::${type} title=mmucheck::${more} more; the summary of this step has all of them\n`] : []),
    ];
  };
  const errors = news.filter((each) => !open(each));
  return [...lines('error', errors), ...lines('warning', news.filter(open))].join('');
}

function annotation(type: string, { result, verdict }: News, sourceOf: SourceOf): string {
  const { file, model, variant } = result;
  const place = sourceOf(result) ?? (file === undefined ? {} : { file });
  const written = Object.entries({ ...place, title: `${model}/${variant}` }).map(
    ([name, value]) => `${name}=${property(String(value))}`,
  );
  const { claimed, race } = verdict;
  const message = [
    sentenceOfVerdict(verdict),
    ...(claimed === undefined ? [] : [claimed]),
    ...(race === undefined ? [] : ['', race]),
  ];
  return `::${type} ${written.join(',')}::${data(message.join('\n'))}\n`;
}

function data(text: string): string {
  return text.split('\n').map(oneLine).join('\n').replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(oneLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The summary: a row for each model, then everything that is not as expected, with its race. */
export function githubSummary(results: readonly Reported[]): string {
  const models = [...new Set(results.map(({ model }) => model))];
  const rows = models.map((model) => {
    const own = results.filter((result) => result.model === model);
    const count = (standing: string) => own.filter((result) => standingOf(result) === standing).length;
    const states = own.reduce((sum, result) => sum + result.states, 0);
    return `| ${markdown(model)} | ${count('as expected')} | ${count('not as expected')} | ${count('not decided')} | ${states} |`;
  });
  const head = [
    '## mmucheck',
    '',
    '| model | as expected | not as expected | not decided | states |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n');
  const sections = newsOf(results).map(section);
  const left = (sections: number) => `\n${sections} more: a summary has no room for them.\n`;
  let bytes = Buffer.byteLength(head + left(sections.length));
  const fitting = sections.findIndex((each) => (bytes += Buffer.byteLength(each)) > mostBytes);
  return fitting < 0
    ? head + sections.join('')
    : head + sections.slice(0, fitting).join('') + left(sections.length - fitting);
}

function section({ result, verdict }: News): string {
  const { model, variant } = result;
  const { race } = verdict;
  const heading = `\n### ${markdown(`${model}/${variant}`)}: ${markdown(sentenceOfVerdict(verdict))}\n`;
  return race === undefined ? heading : `${heading}\n${fenced(race)}\n`;
}

/** A block of code, with a fence that is not in it. */
function fenced(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return `${fence}text\n${text}\n${fence}`;
}

/** A text that Markdown shows as it is. */
function markdown(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~$@]/g, '\\$&');
}

function newsOf(results: readonly Reported[]): News[] {
  return results.flatMap((result) =>
    verdictsOf(result)
      .filter(({ came }) => came !== 'as expected')
      .map((verdict) => ({ result, verdict })),
  );
}
