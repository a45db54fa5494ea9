/** What can be done in a state: the step that the execution takes there, and every other. */
import type { PageMove } from '#report';
import type { Scene } from './states.ts';

interface MovesProps {
  readonly scene: Scene;
  /** Goes on with one of them; undefined where nobody can. */
  readonly onMove: ((place: number) => void) | undefined;
}

/** The moves, thread by thread. */
export function Moves({ scene, onMove }: MovesProps) {
  const { walk, at, frame } = scene;
  const { threads, moves, steps, failure } = walk;
  const taken = steps[at]?.move;
  const failing = new Map(frame.failing);
  const over = failure !== undefined && at === steps.length;
  const enabled = over ? [] : frame.enabled;
  const active = threads.flatMap((name, thread) => {
    const own = enabled.filter((place) => moves[place]?.thread === thread);
    return own.length === 0 ? [] : [{ name, own }];
  });
  return (
    <section class="card moves" aria-label="Enabled steps">
      <h2>What can be done here</h2>
      {active.length === 0 && (
        <p class="faint">{over ? 'A step has failed; nothing follows.' : 'Nothing: nobody can take a step.'}</p>
      )}
      <dl>
        {active.map(({ name, own }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {own.map((place) => {
                const { call } = moves[place] as PageMove;
                const fails = failing.get(place);
                const tone = `move${place === taken ? ' taken' : ''}${fails === undefined ? '' : ' failed'}`;
                const title = [place === taken ? 'what is done next' : '', fails ?? ''].filter(Boolean).join('; ');
                return onMove ? (
                  <button key={place} type="button" class={tone} title={title} onClick={() => onMove(place)}>
                    {call}
                  </button>
                ) : (
                  <span key={place} class={tone} title={title}>
                    {call}
                  </span>
                );
              })}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
