/** The claims: what is true in a state, and a strip that shows where along the execution each is. */
import type { PageClaim, Walk } from '#report';
import type { Scene } from './states.ts';

/** What a letter means for a claim: a word, and whether it is good news. */
const words: Readonly<Record<string, readonly [word: string, tone: 'good' | 'bad' | 'plain' | 'open']>> = {
  t: ['true', 'good'],
  f: ['false', 'bad'],
  x: ['threw', 'bad'],
  o: ['owed', 'open'],
  n: ['not owed', 'good'],
};

/** Of what a suite wants to see somewhere, absence is no news. */
function told({ kind }: PageClaim, letter: string): readonly [string, string] {
  if (kind !== 'reachable') return words[letter] as readonly [string, string];
  return letter === 't' ? ['reached here', 'good'] : ['not here', 'plain'];
}

/** Every claim. A click on a strip goes to that state. */
export function Claims({ scene, move }: { scene: Scene; move: (to: number) => void }) {
  const { walk, at, frame } = scene;
  const why = new Map(frame.why);
  return (
    <section class="card" aria-label="Claims">
      <h2>Claims</h2>
      <ul class="claims">
        {walk.claims.map((claim, i) => {
          const [word, tone] = told(claim, frame.truths[i] as string);
          const lines = why.get(i) ?? [];
          return (
            <li key={claim.name}>
              <p>
                <span class={`truth ${tone}`}>{word}</span> <b>{claim.name}</b>
                {claim.kind !== 'invariant' && <span class="faint"> {claim.kind}</span>}
              </p>
              {claim.sentence && <p class="faint">{claim.sentence}</p>}
              <Strip walk={walk} claim={claim} place={i} at={at} move={move} />
              {lines.length > 0 && <pre>{lines.join('\n')}</pre>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface StripProps {
  readonly walk: Walk;
  readonly claim: PageClaim;
  readonly place: number;
  readonly at: number;
  readonly move: (to: number) => void;
}

function Strip({ walk, claim, place, at, move }: StripProps) {
  const { frames } = walk;
  const letters = frames.map(({ truths }) => truths[place] as string);
  const runs: { from: number; to: number; letter: string }[] = [];
  for (const [i, letter] of letters.entries()) {
    const last = runs.at(-1);
    if (last?.letter === letter) last.to = i + 1;
    else runs.push({ from: i, to: i + 1, letter });
  }
  const text = runs.map(({ from, to, letter }) => `${told(claim, letter)[0]} ${span(from, to - 1)}`).join(', ');
  const press = (event: MouseEvent): void => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    move(Math.min(letters.length - 1, Math.floor(((event.clientX - left) / width) * letters.length)));
  };
  return (
    <svg
      class="strip"
      role="img"
      aria-label={text}
      viewBox={`0 0 ${letters.length} 1`}
      preserveAspectRatio="none"
      onClick={press}
    >
      <title>{text}</title>
      {runs.map(({ from, to, letter }) => (
        <rect
          key={from}
          class={told(claim, letter)[1]}
          x={from}
          width={to - from}
          y={letter === 'f' || letter === 'x' ? 0 : 0.3}
          height={1}
        />
      ))}
      <rect class="mark" x={Math.min(at, letters.length - 1)} width={1} height={1} />
    </svg>
  );
}

function span(from: number, to: number): string {
  return from === to ? `after step ${from}` : `after steps ${from} to ${to}`;
}
