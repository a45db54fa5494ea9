/** A state as a picture, drawn from its shape: locks with their holders, pools as linked boxes, rows as tables of bits and values. */
import type { PageArray, PageLeaf, PageLock, PagePart, PageThread } from '#report';
import { Boxes } from './boxes.tsx';
import { linkedIn } from './linked.ts';
import { holdersOf, leavesOf, type Scene, textOf } from './states.ts';

/** The whole state. */
export function Picture({ scene }: { scene: Scene }) {
  const { state } = scene.walk;
  const linked = linkedIn(state);
  const drawn = new Set<PagePart>(linked.flatMap(({ pool, heads }) => [pool, ...heads]));
  const rest = state.filter(
    (part) => !drawn.has(part) && !(part.kind === 'array' && part.parts.every((each) => drawn.has(each))),
  );
  const locks = rest.filter((part): part is PageLock => part.kind === 'lock');
  const threads = rest.flatMap((part) =>
    part.kind === 'array' ? part.parts.filter((each): each is PageThread => each.kind === 'thread') : [],
  );
  const others = rest.filter((part) => part.kind !== 'lock' && !isThreads(part));
  return (
    <section class="card picture" aria-label="Picture">
      <h2>Picture</h2>
      {locks.length > 0 && (
        <div class="chips">
          {locks.map((lock) => (
            <Chip key={lock.name} {...lockChip(lock, scene)} />
          ))}
        </div>
      )}
      {linked.map((each) => (
        <Boxes key={each.pool.name} linked={each} scene={scene} />
      ))}
      <Parts parts={others} scene={scene} />
      {threads.length > 0 && <Threads threads={threads} scene={scene} />}
    </section>
  );
}

function isThreads(part: PagePart): boolean {
  return part.kind === 'array' && part.parts.some(({ kind }) => kind === 'thread');
}

/** Single values side by side, and everything else below. */
function Parts({ parts, scene }: { parts: readonly PagePart[]; scene: Scene }) {
  const values = parts.filter((part): part is PageLeaf => part.kind === 'value');
  return (
    <>
      {values.length > 0 && (
        <div class="chips">
          {values.map((leaf) => (
            <Chip
              key={leaf.name}
              name={leaf.name}
              text={textOf(leaf, scene.values[leaf.at] ?? null)}
              changed={changedAt(scene, leaf.at)}
            />
          ))}
        </div>
      )}
      <div class="figures">
        {parts.map((part) => {
          if (part.kind === 'array') return <Table key={part.name} part={part} scene={scene} />;
          if (part.kind !== 'struct') return null;
          return (
            <figure key={part.name} class="group">
              <figcaption>{part.name}</figcaption>
              <Parts parts={part.parts} scene={scene} />
            </figure>
          );
        })}
      </div>
    </>
  );
}

function changedAt({ values, before }: Scene, at: number): boolean {
  return values[at] !== before[at];
}

function lockChip(lock: PageLock, scene: Scene): ChipProps {
  const holders = holdersOf(lock, scene);
  const changed = [lock.owner, ...lock.readers].some((at) => changedAt(scene, at));
  return { name: lock.name, text: holders.join(', ') || 'free', changed, held: holders.length > 0 };
}

interface ChipProps {
  readonly name: string;
  readonly text: string;
  readonly changed: boolean;
  readonly held?: boolean;
}

function Chip({ name, text, changed, held = false }: ChipProps) {
  return (
    <span class={`chip${changed ? ' changed' : ''}${held ? ' held' : ''}`}>
      {name} <b>{text}</b>
    </span>
  );
}

/** A row of the state: of single values one line, of everything else a line an element. */
function Table({ part, scene }: { part: PageArray; scene: Scene }) {
  const cells = part.parts.map((each) =>
    each.kind === 'array' || each.kind === 'struct' ? each.parts.flatMap((field) => leavesOf(field)) : leavesOf(each),
  );
  const [first] = part.parts;
  const isLine = first?.kind === 'value';
  const columns = isLine
    ? part.parts.map((_, i) => `${part.index} ${i}`)
    : (cells[0] ?? []).map(({ path }, i) => (first?.kind === 'array' ? elementName(first, path, i) : path));
  const rows = isLine ? [cells.flat()] : cells;
  return (
    <figure>
      <figcaption>{part.name}</figcaption>
      <div class="wide" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {!isLine && <td />}
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {!isLine && (
                  <th scope="row">
                    {part.index} {i}
                  </th>
                )}
                {row.map(({ leaf }) => (
                  <Cell key={leaf.at} leaf={leaf} scene={scene} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** `gfn 1` for an element that is a single value; else what its name says beside the row's. */
function elementName(row: PageArray, path: string, i: number): string {
  return row.parts[0]?.kind === 'value' ? `${row.index} ${i}` : path.replace(row.name, '');
}

/** A bit as a mark that is there or not, anything else in a word. */
function Cell({ leaf, scene }: { leaf: PageLeaf; scene: Scene }) {
  const value = scene.values[leaf.at] ?? null;
  const changed = changedAt(scene, leaf.at) ? ' changed' : '';
  const isBit = leaf.type === 'bit' || leaf.type === 'bool';
  if (!isBit || value === null) return <td class={`word${changed}`}>{textOf(leaf, value)}</td>;
  const isSet = value === 1 || value === true;
  return (
    <td class={`bit${isSet ? ' set' : ''}${changed}`}>
      <span>{Number(isSet)}</span>
    </td>
  );
}

/** Where each thread is, and the locals that it has there. */
function Threads({ threads, scene }: { threads: readonly PageThread[]; scene: Scene }) {
  const { values } = scene;
  return (
    <figure>
      <figcaption>threads</figcaption>
      <ul class="threads">
        {threads.map((thread) => {
          const isIdle = values[thread.at] === 0;
          const locals = isIdle
            ? []
            : thread.parts.flatMap((part) => leavesOf(part)).filter(({ leaf }) => values[leaf.at] !== null);
          return (
            <li key={thread.name}>
              <b>{thread.name}</b>{' '}
              <span class={changedAt(scene, thread.at) ? 'changed' : undefined}>
                next {thread.next[values[thread.at] as number]}
              </span>
              {locals.map(({ leaf, path }) => (
                <span key={path} class={`local${changedAt(scene, leaf.at) ? ' changed' : ''}`}>
                  {path} <b>{textOf(leaf, values[leaf.at] ?? null)}</b>
                </span>
              ))}
            </li>
          );
        })}
      </ul>
    </figure>
  );
}
