/** The way in: the matrix of each model, and what there is to say of a variant. */
import type { PageResult } from '#report';
import { fragmentOf } from './place.ts';

type PageVerdict = PageResult['claims'][number];

/** Every variant of every model against every claim. */
export function Matrix({ results, unknown }: { results: readonly PageResult[]; unknown: string | undefined }) {
  const models = [...new Set(results.map(({ model }) => model))];
  const count = (of: PageResult['standing']) => results.filter(({ standing }) => standing === of).length;
  const awaited = count('awaited');
  return (
    <>
      <header>
        <h1>mmucheck</h1>
        <p class="faint" role="status">
          {count('as expected')} of {results.length} variants as expected
          {awaited > 0 && `, ${awaited} yet to be searched`}
        </p>
        {unknown !== undefined && <p class="bad">There is no variant {unknown} among these results.</p>}
        {models.length > 1 && (
          <nav class="menu" aria-label="Models">
            {models.map((model) => (
              <a key={model} href={`#${encodeURIComponent(model)}`}>
                {model}
              </a>
            ))}
          </nav>
        )}
      </header>
      {models.map((model) => (
        <ModelMatrix key={model} results={results.filter((each) => each.model === model)} />
      ))}
      <footer class="faint">
        <p>– holds; n violated, by a race of n steps; n+m violated for ever, by n steps and m that repeat</p>
        <p>
          ? not decided; vac never put to the test; x violated, and there is no race; ! not as the suite expects; ·
          awaited
        </p>
      </footer>
    </>
  );
}

function ModelMatrix({ results }: { results: readonly PageResult[] }) {
  const [first] = results as [PageResult, ...PageResult[]];
  const claims = [...new Set(results.flatMap(({ claims }) => claims.filter(isShown).map(({ name }) => name)))];
  return (
    <section class="card" id={first.model} aria-label={first.model}>
      <h2>{first.model}</h2>
      <p class="faint">{first.about}</p>
      <div class="wide" tabIndex={0}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">variant</th>
              {claims.map((name) => (
                <th key={name} scope="col" class="claim">
                  <span>{name}</span>
                </th>
              ))}
              <th scope="col">states</th>
              <th scope="col">depth</th>
            </tr>
          </thead>
          <tbody>
            {results.map((result) => (
              <tr key={result.key}>
                <th scope="row">
                  <a href={fragmentOf({ variant: result.key })}>{result.variant}</a>
                  {isNews(result) && <span class="bad"> {result.standing}</span>}
                </th>
                {claims.map((name) => (
                  <VerdictCell key={name} result={result} claim={result.claims.find((each) => each.name === name)} />
                ))}
                <td class="count">{result.standing === 'awaited' ? '' : result.states}</td>
                <td class="count">{result.standing === 'awaited' ? '' : result.depth}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Whether something else came out than is expected. */
function isNews({ standing }: PageResult): boolean {
  return standing !== 'as expected' && standing !== 'awaited';
}

/** What is claimed, always; anything else where it is news. */
function isShown({ kind, outcome, expected }: PageVerdict): boolean {
  return (
    ['invariant', 'leadsTo', 'eventually'].includes(kind) ||
    (kind === 'reserved' && (outcome === 'violated' || expected === 'violated'))
  );
}

const marks: Readonly<Record<PageVerdict['outcome'], string>> = {
  holds: '–',
  violated: 'x',
  incomplete: '?',
  vacuous: 'vac',
  awaited: '·',
};

function VerdictCell({ result, claim }: { result: PageResult; claim: PageVerdict | undefined }) {
  if (claim === undefined) return <td />;
  const { name, outcome, expected, length, said } = claim;
  const isNew = outcome !== expected && outcome !== 'awaited';
  const text = `${length ?? marks[outcome]}${isNew && outcome !== 'incomplete' ? '!' : ''}`;
  const title = `${name} ${said}`;
  const tone = `count${isNew ? ' bad' : ''}`;
  if (length === undefined)
    return (
      <td class={tone} title={title}>
        {text}
      </td>
    );
  return (
    <td class={tone} title={title}>
      <a href={fragmentOf({ variant: result.key, claim: name })} aria-label={title}>
        {text}
      </a>
    </td>
  );
}

/** A variant: every claim, with the race where there is one, and where its executions begin. */
export function Variant({ result }: { result: PageResult }) {
  const { key, about, bounds, claims, starts, states, depth, seconds, standing } = result;
  return (
    <>
      <header>
        <nav class="menu" aria-label="Way back">
          <a href="#">all variants</a>
        </nav>
        <h1>
          {result.model}/{result.variant}
        </h1>
        <p class="faint">{about}</p>
        <p class="faint">
          {bounds}; {standing !== 'awaited' && `${states} states, ${depth} deep, ${seconds.toFixed(1)} s; `}
          <b class={isNews(result) ? 'bad' : undefined}>{standing === 'awaited' ? 'yet to be searched' : standing}</b>
        </p>
      </header>
      <section class="card" aria-label="Claims">
        <h2>Claims</h2>
        <ul class="claims">
          {claims.map(({ name, kind, sentence, outcome, expected, said, length }) => (
            <li key={name}>
              <p>
                <b>{name}</b>{' '}
                <span class={outcome === expected || outcome === 'awaited' ? undefined : 'bad'}>{said}</span>
                <span class="faint"> {kind}</span>
                {length !== undefined && (
                  <>
                    {' '}
                    <a href={fragmentOf({ variant: key, claim: name })}>see the race</a>
                  </>
                )}
              </p>
              {sentence && <p class="faint">{sentence}</p>}
            </li>
          ))}
        </ul>
      </section>
      <section class="card" aria-label="Explore">
        <h2>Explore</h2>
        <p>Step by step, from</p>
        <ul>
          {starts.map(({ name, line }) => (
            <li key={name}>
              <a href={fragmentOf({ variant: key, walk: line, at: 0 })}>{name}</a>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
