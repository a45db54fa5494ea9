/** The graph of a search has exactly the transitions that the immutable meaning has. */
import { describe, expect, test } from 'vitest';
import { graphOf, search } from '#explorer';
import { type Edge, transitionsOf } from '#notation';
import { type Tiny, tiny } from '../tiny.ts';
import { tinyModels } from '../tiny-models.ts';

describe('the graph of a search', () => {
  for (const [name, instance] of Object.entries(tinyModels)) {
    test(`has the transitions of every state of a model with ${name}`, () => {
      const searched = search(instance);
      const { machine, visited } = searched;
      const graph = graphOf(searched);
      for (let at = 0; at < graph.states; at++) {
        machine.load(visited.arena, at);
        const expected = transitionsOf(instance, machine.plain()).flatMap(({ transition, applied }) =>
          applied.kind === 'blocked'
            ? []
            : [
                [
                  transition.thread,
                  transition.edge.label,
                  membersOf(transition.edge, transition.thread, transition.choices),
                  applied.kind === 'next' ? visited.find(machine.packPlain(applied.state)) : -1,
                ],
              ],
        );
        const places = Array.from(
          { length: (graph.first[at + 1] as number) - (graph.first[at] as number) },
          (_, i) => (graph.first[at] as number) + i,
        );
        const told = (place: number) => {
          const label = graph.labels[graph.label[place] as number];
          return [label?.thread, label?.edge.label, label?.members, graph.to[place]];
        };
        expect(places.map(told)).toEqual(expected);
      }
    });
  }

  test('is refused when steps do not do the same again', () => {
    let calls = 0;
    function changesItsMind(s: Tiny): void {
      s.x = ++calls > 2 ? 5 : 1;
    }
    expect(() => graphOf(search(tiny([changesItsMind])))).toThrow('its steps do not do the same when they run again');
  });

  /** Which members a fair action runs with, as a number. */
  function membersOf({ fair, operation }: Edge, thread: number, choices: readonly number[]): number {
    if (!fair || thread >= 0 || operation.kind !== 'step') return 0;
    const sizes: Record<string, number> = { page: 3, slot: 2 };
    return operation.sets.reduce((all, { name }, i) => all * (sizes[name] as number) + (choices[i] as number), 0);
  }

  test('is refused of a search that a limit ended', () => {
    const [instance] = Object.values(tinyModels);
    const searched = search(instance as NonNullable<typeof instance>, undefined, { depth: 1 });
    expect(searched.stopped).toBe('depth');
    expect(() => graphOf(searched)).toThrow('stopped early');
  });
});
