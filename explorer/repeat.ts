/** The beginning of a search once more: a step that counts its calls, or keeps what it saw, does not do the same again. */
import { type Searched, type SearchedAnyhow, search } from './search.ts';
import { soleDependence } from './sealed.ts';

/** How many states are looked at again, at least. */
const repeated = 4096;

/** Searches the first states again, in the same order. Returns a sentence when another state is found; undefined when none is. */
export function unrepeatable(searched: SearchedAnyhow): string | undefined {
  const { states, stopped, visited, symmetry, machine } = searched;
  const { instance } = machine;
  const again = search(instance, undefined, { states: repeated }, { symmetric: symmetry !== undefined });
  const { width, arena, parents } = again.visited;
  const common = Math.min(states, again.states);
  let at = 0;
  while (at < common && visited.isAt(arena.subarray(at * width, (at + 1) * width), at)) at++;
  const ended = stopped === undefined && again.stopped === undefined;
  if (at === common && (!ended || states === again.states)) return undefined;
  const known = at < states ? visited.parents : parents;
  return `${instance.name}: ${stepsFrom(again, known[at] as number)} to another state when it is searched again; ${soleDependence}`;
}

/** The steps that are enabled in a state, one of which led on from it. */
function stepsFrom({ machine, visited }: Searched, parent: number): string {
  if (parent < 0) return 'its initial state leads';
  machine.load(visited.arena, parent);
  const labels = [...new Set(machine.successors().map(({ edge }) => edge.label))];
  return labels.length === 1 ? `step ${labels[0]} leads` : `one of the steps ${labels.join(', ')} leads`;
}
