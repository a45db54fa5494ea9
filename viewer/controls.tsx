/** How one steps through an execution: buttons, and a slider. */
import type { PageMove, Walk } from '#report';

interface ControlsProps {
  readonly walk: Walk;
  readonly at: number;
  /** Where the next step leads. */
  readonly next: number;
  readonly move: (to: number) => void;
}

/** The bar that stays in sight. */
export function Controls({ walk, at, next, move }: ControlsProps) {
  const { steps, threads, moves } = walk;
  const taken = steps[at - 1];
  const { thread = 0, call = '' }: Partial<PageMove> = taken ? (moves[taken.move] as PageMove) : {};
  return (
    <div class="controls" role="toolbar" aria-label="Steps">
      <div class="buttons">
        <Button label="To the start" sign="|◂" disabled={at === 0} press={() => move(0)} />
        <Button label="One step back" sign="◂" disabled={at === 0} press={() => move(at - 1)} />
        <Button
          label={next <= at ? 'Round again' : 'One step on'}
          sign={next <= at ? '↻' : '▸'}
          disabled={next > steps.length}
          press={() => move(next)}
        />
        <Button label="To the end" sign="▸|" disabled={at === steps.length} press={() => move(steps.length)} />
      </div>
      <input
        type="range"
        min={0}
        max={steps.length}
        value={at}
        aria-label="Step"
        onInput={(event) => move(Number(event.currentTarget.value))}
      />
      <p class="now" role="status">
        <b>
          {at} of {steps.length}
        </b>
        {taken ? ` ${threads[thread]}: ${call}` : ' the initial state'}
      </p>
    </div>
  );
}

interface ButtonProps {
  readonly label: string;
  readonly sign: string;
  readonly disabled: boolean;
  readonly press: () => void;
}

function Button({ label, sign, disabled, press }: ButtonProps) {
  return (
    <button type="button" aria-label={label} title={label} disabled={disabled} onClick={press}>
      {sign}
    </button>
  );
}
