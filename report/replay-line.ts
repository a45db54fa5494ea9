/**
 * The line that replays a trace: `model/variant [gfn=2,vcpu=2] from NAME: vcpu0.page_fault(0); tlb_fill(0, 0)`. Steps of hardware have no
 * thread, `from` stands only where a model has several initial states, and any white space may be a line break. Steps that are repeated
 * for ever stand last, in `( … )*`; of an execution that comes to rest there are none.
 */
import { hardware, type NamedStep, type Trace } from '#explorer';
import type { Instance } from '#notation';

/** What a replay line says. */
export interface ReplayLine {
  /** `model/variant`. */
  readonly target: string;
  readonly bounds: Readonly<Record<string, number>>;
  /** The name of the initial state. */
  readonly initial: string | undefined;
  readonly steps: readonly NamedStep[];
  /** How many steps come before those that are repeated; undefined where it says nothing of it. */
  readonly loopFrom: number | undefined;
}

/** Thrown for a line that does not parse; says where and what was expected. */
export class ReplayLineError extends Error {
  override readonly name = 'ReplayLineError';
  /** Place in the line, from 1. */
  readonly column: number;

  constructor(column: number, sentence: string) {
    super(`column ${column}: ${sentence}`);
    this.column = column;
  }
}

/** A step as it is called: `page_fault(0)`, `spin_lock(mmu_lock)`. */
export function callOf({ step, args }: Pick<NamedStep, 'step' | 'args'>): string {
  return step.endsWith(')') && args.length === 0 ? step : `${step}(${args.join(', ')})`;
}

/** The line that replays a trace. */
export function replayLine({
  model,
  variant,
  bounds,
  initial,
  steps,
  loopFrom,
}: Pick<Trace, 'model' | 'variant' | 'bounds' | 'initial' | 'steps' | 'loopFrom'>): string {
  const sizes = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const calls = steps.map((step) => `${step.thread === hardware ? '' : `${step.thread}.`}${callOf(step)}`);
  const from = initial === undefined ? '' : ` from ${initial}:`;
  const once = calls.slice(0, loopFrom);
  const all = loopFrom === undefined ? once : [...once, `(${calls.slice(loopFrom).join('; ')})*`];
  return `${model}/${variant} [${sizes.join(',')}]${from} ${all.join('; ')}`.trimEnd();
}

/**
 * The command that replays a trace, quoted for the shell. It is one line, however long.
 * @param suiteFile the file that the model was loaded from, when it is not one of ours.
 */
export function replayCommand(trace: Trace, suiteFile?: string): string {
  const suite = suiteFile === undefined ? '' : ` --suite ${shellWord(suiteFile)}`;
  return `mmucheck replay${suite} ${quoted(replayLine(trace))}`;
}

/** A word of a command, quoted for the shell where it has to be. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Reads a replay line.
 * @throws ReplayLineError saying where it does not parse.
 */
export function parseReplayLine(line: string): ReplayLine {
  return new Parser(line).line();
}

class Parser {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  line(): ReplayLine {
    this.space();
    const derived = ':(?:without|swap|order)=[\\p{ID_Continue}$.,@]+';
    const [target] = this.expect(
      new RegExp(`[a-z0-9][a-z0-9-]*(/[a-z0-9-]+)+(${derived})*(@[a-z]+)?`, 'uy'),
      'model/variant',
    );
    this.space();
    const bounds = this.take(/\[/y) ? this.bounds() : {};
    this.space();
    const initial = this.take(/from\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*:/uy)?.[1];
    const steps: NamedStep[] = [];
    let loopFrom: number | undefined;
    for (this.space(); this.at < this.text.length; this.space()) {
      if (this.take(/\(/y)) {
        loopFrom = steps.length;
        this.repeated(steps);
        this.space();
        if (this.at < this.text.length) this.expect(/$/y, 'the end of the line after steps that are repeated for ever');
        break;
      }
      steps.push(this.step());
      this.space();
      if (this.at < this.text.length) this.expect(/;/y, '; between steps');
    }
    return { target, bounds, initial, steps, loopFrom };
  }

  bounds(): Record<string, number> {
    const bounds: Record<string, number> = {};
    this.space();
    if (this.take(/\]/y)) return bounds;
    for (;;) {
      const [, set, size] = this.expect(/\s*([\w$]+)\s*=\s*(\d+)\s*/y, 'a bound such as gfn=2');
      bounds[set as string] = Number(size);
      if (this.take(/\]/y)) return bounds;
      this.expect(/,/y, ', or ] after a bound');
    }
  }

  /** Steps up to `)*`. */
  repeated(steps: NamedStep[]): void {
    this.space();
    if (this.take(/\)\s*\*/y)) return;
    for (;;) {
      steps.push(this.step());
      this.space();
      if (this.take(/\)\s*\*/y)) return;
      this.expect(/;/y, '; between steps, or )* after those that are repeated for ever');
      this.space();
    }
  }

  step(): NamedStep {
    const name = '[\\p{ID_Start}$_][\\p{ID_Continue}$]*';
    const call = new RegExp(`(?:(${name})\\s*\\.\\s*)?(${name})\\s*\\(\\s*([^()]*?)\\s*\\)`, 'uy');
    const [, thread = hardware, step, list] = this.expect(call, 'a step such as vcpu0.page_fault(0) or tlb_fill(0, 0)');
    if (list === '') return { thread, step: step as string, args: [] };
    const args = (list as string).split(',').map((arg) => arg.trim());
    if (args.every((arg) => /^\d+$/.test(arg))) return { thread, step: step as string, args: args.map(Number) };
    // A lock is part of the name of the step that takes or releases it.
    return { thread, step: `${step}(${list})`, args: [] };
  }

  space(): void {
    this.take(/\s+/y);
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  expect(pattern: RegExp, what: string): RegExpExecArray {
    const found = this.take(pattern);
    if (found) return found;
    const rest = this.text.slice(this.at).split(/[;\n]/)[0] as string;
    const saw = this.at >= this.text.length ? 'the end of the line' : `"${rest.slice(0, 40) || this.text[this.at]}"`;
    throw new ReplayLineError(this.at + 1, `expected ${what}, and saw ${saw}`);
  }
}

/** The same steps with a row's name for its only thread (`ioctl`) replaced by the thread's (`ioctl0`). */
export function threadsNamed({ threads }: Instance, steps: readonly NamedStep[]): NamedStep[] {
  return steps.map((step) => {
    const inRow = threads.filter(({ row }) => row === step.thread);
    const isThread = threads.some(({ path }) => path === step.thread);
    return isThread || inRow.length !== 1 ? step : { ...step, thread: inRow[0]?.path as string };
  });
}
