/** What of the page is to be seen: the matrix, a variant, or an execution. */
import type { PageDocument, Walk } from '#report';
import { useResults, useWalk } from './answer.ts';
import { fragmentOf, type Place, usePlace } from './place.ts';
import { Matrix, Variant } from './results.tsx';
import { WalkView } from './walk.tsx';

/** The page for a document. */
export function Page({ given }: { given: PageDocument }) {
  const [place, go] = usePlace();
  if (given.kind === 'walks') return <Walks walks={given.walks} place={place} go={go} />;
  return <Results given={given} place={place} go={go} />;
}

/** Results, of which some may be awaited, and what they lead to. */
function Results({ given, place, go }: { given: Extract<PageDocument, { kind: 'results' }>; place: Place; go: Go }) {
  const results = useResults(given);
  const { variant, claim, walk } = place;
  if (walk !== undefined || (variant !== undefined && claim !== undefined)) {
    // A race that is awaited is asked for again when its variant has been searched; a walk goes on.
    const standing = walk === undefined ? results.find(({ key }) => key === variant)?.standing : undefined;
    return <Live key={standing} place={place} go={go} />;
  }
  const result = results.find(({ key }) => key === variant);
  return result ? <Variant result={result} /> : <Matrix results={results} unknown={variant} />;
}

type Go = (place: Place, how?: 'within') => void;

/** Executions that are all in the document. */
function Walks({ walks, place, go }: { walks: readonly Walk[]; place: Place; go: Go }) {
  const named = walks.findIndex(({ violated }) => violated?.name === place.claim);
  const walk = walks[Math.max(0, named)];
  if (walk === undefined) return <p>There is no execution in this page.</p>;
  const others = walks.map(({ violated }) => violated?.name ?? '');
  const chosen = walk.violated?.name;
  return (
    <WalkView
      key={chosen}
      walk={walk}
      at={place.at}
      onStep={(at) => go({ claim: place.claim, at }, 'within')}
      top={
        walks.length > 1 && (
          <nav class="menu" aria-label="Executions">
            {others.map((name) => (
              <a key={name} href={fragmentOf({ claim: name })} aria-current={name === chosen ? 'page' : undefined}>
                {name}
              </a>
            ))}
          </nav>
        )
      }
    />
  );
}

/** An execution that is asked for, from every state of which one can go on. */
function Live({ place, go }: { place: Place; go: Go }) {
  const { variant = '', claim = '', walk: line } = place;
  const question =
    line === undefined ? `race?${new URLSearchParams({ variant, claim })}` : `walk?${new URLSearchParams({ line })}`;
  const answer = useWalk(question);
  const back = (
    <nav class="menu" aria-label="Way back">
      <a href="#">all variants</a>
      {variant !== '' && <a href={fragmentOf({ variant })}>{variant}</a>}
      {variant !== '' && claim !== '' && line !== undefined && <a href={fragmentOf({ variant, claim })}>{claim}</a>}
    </nav>
  );
  if (answer.kind !== 'walk') {
    return (
      <>
        {back}
        <p role="status">{answer.kind === 'waiting' ? 'The execution is on its way …' : answer.sentence}</p>
      </>
    );
  }
  const { walk } = answer;
  return (
    <WalkView
      walk={walk}
      at={place.at}
      onStep={(at) => go({ ...place, at }, 'within')}
      onMove={(next, at) => go({ ...place, walk: next, at })}
      top={back}
    />
  );
}
