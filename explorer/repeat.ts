/** The beginning of a search once more: a step that counts its calls, or keeps what it saw, does not do the same again. */
import { type Searched, search } from './search.ts';
import { soleDependence } from './sealed.ts';

/** How many states are looked at again, at least. */
const repeated = 4096;

/** Searches the first states again, in the same order. Returns a sentence when another state is found; undefined when none is. */
export function unrepeatable(searched: Searched): string | undefined {
  const { instance } = searched.machine;
  const again = search(instance, undefined, { states: repeated }, { symmetric: searched.symmetry !== undefined });
  const { width, arena, parents } = searched.visited;
  const common = Math.min(searched.states, again.states);
  const words = common * width;
  let at = 0;
  while (at < words && arena[at] === again.visited.arena[at]) at++;
  const ended = searched.stopped === undefined && again.stopped === undefined;
  if (at === words && (!ended || searched.states === again.states)) return undefined;
  const state = Math.floor(at / width);
  const known = state < searched.states ? parents : again.visited.parents;
  return `${instance.name}: ${stepsFrom(searched, known[state] as number)} to another state when it is searched again; ${soleDependence}`;
}

/** The steps that are enabled in a state, one of which led on from it. */
function stepsFrom({ machine, visited }: Searched, parent: number): string {
  if (parent < 0) return 'its initial state leads';
  machine.load(visited.arena, parent);
  const labels = [...new Set(machine.successors().map(({ edge }) => edge.label))];
  return labels.length === 1 ? `step ${labels[0]} leads` : `one of the steps ${labels.join(', ')} leads`;
}
