/** A state as a tree, with what the last step changed. */
import type { PageLeaf, PagePart } from '#report';
import { hasChanged, holdersOf, type Scene, textOf } from './states.ts';

/** The whole state. What has changed is open. */
export function Tree({ scene }: { scene: Scene }) {
  return (
    <section class="card tree" aria-label="State">
      <h2>State</h2>
      <ul>
        {scene.walk.state.map((part) => (
          <Branch key={part.name} part={part} scene={scene} />
        ))}
      </ul>
    </section>
  );
}

function Branch({ part, scene }: { part: PagePart; scene: Scene }) {
  if (part.kind === 'value') return <Value part={part} scene={scene} />;
  const changed = hasChanged(part, scene);
  if (part.kind === 'lock') {
    const now = holdersOf(part, scene).join(', ') || 'free';
    const was = holdersOf(part, { walk: scene.walk, values: scene.before }).join(', ') || 'free';
    return <Line name={part.name} now={now} was={was} changed={changed} />;
  }
  if (part.kind !== 'thread' && part.parts.every((each) => each.kind === 'value')) {
    return (
      <li class="flat">
        <span class="name">{part.name}</span>
        {part.parts.map((each) => (
          <Value key={each.name} part={each as PageLeaf} scene={scene} as="span" />
        ))}
      </li>
    );
  }
  return (
    <li>
      <details open={changed}>
        <summary class={changed ? 'changed' : undefined}>{part.name}</summary>
        <ul>
          {part.kind === 'thread' && (
            <Line
              name="next"
              now={part.next[scene.values[part.at] as number] ?? ''}
              was={part.next[scene.before[part.at] as number] ?? ''}
              changed={scene.values[part.at] !== scene.before[part.at]}
            />
          )}
          {part.parts.map((each) => (
            <Branch key={each.name} part={each} scene={scene} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function Value({ part, scene, as = 'li' }: { part: PageLeaf; scene: Scene; as?: 'li' | 'span' }) {
  const text = (values: Scene['values']): string => textOf(part, values[part.at] ?? null);
  const { values, before } = scene;
  const name = as === 'span' ? part.name.replace(/^.*(?=\[\d+\]$)/, '') : part.name;
  return (
    <Line as={as} name={name} now={text(values)} was={text(before)} changed={values[part.at] !== before[part.at]} />
  );
}

interface LineProps {
  readonly name: string;
  readonly now: string;
  readonly was: string;
  readonly changed: boolean;
  readonly as?: 'li' | 'span';
}

function Line({ name, now, was, changed, as: Element = 'li' }: LineProps) {
  return (
    <Element class={changed ? 'leaf changed' : 'leaf'}>
      <span class="name">{name}</span>
      {changed && (
        <>
          <s>{was}</s> →
        </>
      )}
      <span class="value">{now}</span>
    </Element>
  );
}
