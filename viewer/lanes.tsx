/** The steps of an execution: a lane a thread, a row a step, a bar along a lane where its thread holds a lock. */
import { type ComponentChildren, Fragment } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { PageLock, PageMove, PageValue, Walk } from '#report';
import { holdersOf } from './states.ts';

interface LanesProps {
  readonly walk: Walk;
  readonly states: readonly (readonly PageValue[])[];
  readonly at: number;
  readonly move: (to: number) => void;
  /** What else keys do while the focus is here. */
  readonly keys: Readonly<Record<string, () => void>>;
}

/** All steps. A click on one goes to the state after it. */
export function Lanes({ walk, states, at, move, keys }: LanesProps) {
  const { steps, loopFrom = steps.length, threads } = walk;
  const lanes = walk.lanes.length > 0 ? walk.lanes : threads;
  const held = useMemo(() => states.map((values) => heldIn(walk, values)), [walk, states]);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    showRow(list.current);
  }, [at]);
  const press = (event: KeyboardEvent): void => {
    const action = keys[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const repeats = loopFrom < steps.length;
  return (
    <section class="race" aria-label="Race">
      <div class="lanes" ref={list} onKeyDown={press} style={{ '--lanes': lanes.length }}>
        <div class="row heads">
          <span class="number" />
          {lanes.map((thread) => (
            <span key={thread} class="lane head">
              <span>{thread}</span>
            </span>
          ))}
          <span class="told">what changed</span>
        </div>
        <Row number={0} isNow={at === 0} press={() => move(0)}>
          {lanes.map((thread) => (
            <Lane key={thread} held={held[0]?.get(thread)} />
          ))}
          <span class="told faint">the initial state</span>
        </Row>
        {steps.map((step, i) => {
          const { thread, call } = walk.moves[step.move] as PageMove;
          const name = threads[thread] as string;
          const failed = i === steps.length - 1 && walk.failure !== undefined;
          return (
            <Row
              key={i}
              number={i + 1}
              isNow={at === i + 1}
              again={i >= loopFrom}
              begins={repeats && i === loopFrom}
              press={() => move(i + 1)}
            >
              {lanes.map((lane) => (
                <Lane key={lane} held={held[i]?.get(lane) ?? held[i + 1]?.get(lane)}>
                  {lane === name && (
                    <span class={`call${step.changes.length === 0 ? ' idle' : ''}${failed ? ' failed' : ''}`}>
                      <Broken text={call} />
                    </span>
                  )}
                </Lane>
              ))}
              <span class="told">
                <span class="who">
                  {name}: <Broken text={call} />
                </span>
                {step.changes.length === 0 ? (
                  <span class="faint">changes nothing</span>
                ) : (
                  step.changes.map((each) => (
                    <span key={each} class={failed ? 'change bad' : 'change'}>
                      {each}
                    </span>
                  ))
                )}
              </span>
            </Row>
          );
        })}
      </div>
      {repeats && <p class="loop">↻ and again from step {loopFrom + 1}, for ever</p>}
      <Ending walk={walk} />
    </section>
  );
}

interface RowProps {
  readonly number: number;
  readonly isNow: boolean;
  /** Whether it is one of those that are repeated for ever, and the first of them. */
  readonly again?: boolean;
  readonly begins?: boolean;
  readonly press: () => void;
  readonly children: ComponentChildren;
}

function Row({ number, isNow, again = false, begins = false, press, children }: RowProps) {
  const tone = `row step${again ? ' again' : ''}${begins ? ' begins' : ''}`;
  return (
    <button
      type="button"
      class={tone}
      aria-current={isNow ? 'step' : undefined}
      tabIndex={isNow ? 0 : -1}
      onClick={press}
    >
      <span class="number">{number}</span>
      {children}
    </button>
  );
}

function Lane({ held, children }: { held: string | undefined; children?: ComponentChildren }) {
  return (
    <span class={held === undefined ? 'lane' : 'lane held'} title={held === undefined ? undefined : `holds ${held}`}>
      {children}
    </span>
  );
}

/** A name that may be broken where its words end. */
function Broken({ text }: { text: string }) {
  return text.split(/(?<=[_(,])(?!\))/).map((word, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {word}
    </Fragment>
  ));
}

/** What is false at the end, and why. */
function Ending({ walk }: { walk: Walk }) {
  const { violated, failure, steps, loopFrom } = walk;
  if (violated === undefined) return null;
  const { name, sentence, message, why = [] } = violated;
  const when = steps.length === 0 ? 'Initially' : `After step ${steps.length}`;
  const heading =
    failure !== undefined
      ? `Step ${steps.length} fails: ${name}`
      : loopFrom === undefined
        ? `${when} ${name} is false`
        : `${name} is violated`;
  return (
    <div class="ending">
      <h2 class="bad">{heading}</h2>
      {sentence && <p>{sentence}</p>}
      {(failure ?? message) && <p>{failure ?? message}</p>}
      {why.length > 0 && <pre>{why.join('\n')}</pre>}
    </div>
  );
}

/** The locks that each thread holds in a state, in a word. */
function heldIn(walk: Walk, values: readonly PageValue[]): Map<string, string> {
  const held = new Map<string, string>();
  for (const lock of walk.state.filter((part): part is PageLock => part.kind === 'lock')) {
    for (const holder of holdersOf(lock, { walk, values })) {
      const [thread = '', mode = ''] = holder.split(/(?= \(read\)$)/);
      held.set(thread, [...(held.has(thread) ? [held.get(thread)] : []), `${lock.name}${mode}`].join(', '));
    }
  }
  return held;
}

/** Brings the row that one is at into sight, within its list only; the focus follows when it is there. */
function showRow(list: HTMLElement | null): void {
  const row = list?.querySelector<HTMLElement>('[aria-current]');
  if (!list || !row) return;
  if (list.contains(document.activeElement)) row.focus({ preventScroll: true });
  const top = row.offsetTop - (list.querySelector<HTMLElement>('.heads')?.offsetHeight ?? 0);
  if (top < list.scrollTop) list.scrollTop = top;
  else if (row.offsetTop + row.offsetHeight > list.scrollTop + list.clientHeight)
    list.scrollTop = row.offsetTop + row.offsetHeight - list.clientHeight;
}
