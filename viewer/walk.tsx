/** An execution: its steps in lanes, and what there is to know of the state that one is looking at. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { PageMove, Walk } from '#report';
import { Claims } from './claims.tsx';
import { Controls } from './controls.tsx';
import { Lanes } from './lanes.tsx';
import { Moves } from './moves.tsx';
import { Picture } from './picture.tsx';
import { sceneAt, statesOf } from './states.ts';
import { Tree } from './tree.tsx';

interface WalkProps {
  readonly walk: Walk;
  /** After how many steps. */
  readonly at: number | undefined;
  readonly onStep: (at: number) => void;
  /** Goes on elsewhere: a replay line, and how many steps it has. Undefined where nobody can. */
  readonly onMove?: (line: string, at: number) => void;
  readonly top: ComponentChildren;
}

/** An execution at one of its states. */
export function WalkView({ walk, at: wanted = 0, onStep, onMove, top }: WalkProps) {
  const { steps, violated, target, file, where, about } = walk;
  const at = Math.min(wanted, steps.length);
  // Keys may come faster than the page is drawn: each goes on from where the one before has led.
  const latest = useRef(at);
  latest.current = at;
  const states = useMemo(() => statesOf(walk), [walk]);
  const title = violated ? `${target}: ${violated.name}` : target;
  useLayoutEffect(() => {
    document.title = title;
  }, [title]);
  const scene = sceneAt(walk, states, at);
  const move = (to: number): void => {
    latest.current = Math.min(Math.max(0, to), steps.length);
    onStep(latest.current);
  };
  const forward = (): void => move(nextOf(walk, latest.current));
  const back = (): void => move(latest.current - 1);
  useKeys({ ArrowRight: forward, ArrowLeft: back, Home: () => move(0), End: () => move(steps.length) });
  const take =
    onMove &&
    ((place: number): void => (place === steps[at]?.move ? move(at + 1) : onMove(lineWith(walk, at, place), at + 1)));
  return (
    <>
      <header>
        {top}
        <h1>
          {target}
          {violated && <span class="bad">: {violated.name}</span>}
        </h1>
        <p class="faint">{about}</p>
        <p class="faint">{where}</p>
      </header>
      <Controls walk={walk} at={at} next={nextOf(walk, at)} move={move} />
      <div class="bench">
        <Lanes walk={walk} states={states} at={at} move={move} keys={{ ArrowDown: forward, ArrowUp: back }} />
        <div class="side">
          <Moves scene={scene} onMove={take} />
          <Picture scene={scene} />
          <Claims scene={scene} move={move} />
          <Tree scene={scene} />
        </div>
      </div>
      <footer class="faint">
        <p>
          The same in a terminal: <code>{walk.replay}</code>
        </p>
        {!onMove && (
          <p>
            To go on from any state:{' '}
            <code>
              mmucheck view {file === undefined ? '' : `--suite ${file} `}
              {target}
            </code>
          </p>
        )}
      </footer>
    </>
  );
}

/** Where the next step leads: from the end of what is repeated for ever, to the state after its first step. */
function nextOf({ steps, loopFrom = steps.length }: Walk, at: number): number {
  return at === steps.length && loopFrom < at ? loopFrom + 1 : at + 1;
}

/** The name of a move in a replay line. */
function called({ threads, moves }: Walk, place: number): string {
  const { thread, call } = moves[place] as PageMove;
  return thread === threads.length - 1 ? call : `${threads[thread]}.${call}`;
}

/** The replay line of the first steps of an execution and one more. */
function lineWith(walk: Walk, at: number, place: number): string {
  const places = [...walk.steps.slice(0, at).map(({ move }) => move), place];
  return `${walk.head} ${places.map((each) => called(walk, each)).join('; ')}`;
}

/** Keys of the whole page, unless they mean something where the focus is. */
function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isTaken = event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey || event.metaKey;
      const action = keys[event.key];
      if (isTaken || action === undefined) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}
