/** An automaton as the kernel's generator of runtime verification monitors (rvgen) reads it: Graphviz, a line a state, a line an edge. */
import type { Automaton } from './automaton.ts';

/** The document. The order of its lines is part of the format. */
export function rv({ initial, states, final, edges }: Automaton): string {
  return [
    'digraph state_automaton {',
    '\tcenter = true;',
    '\tsize = "7,11";',
    `\t{node [shape = plaintext, style=invis, label=""] "__init_${initial}"};`,
    ...final.map((state) => `\t{node [shape = doublecircle] "${state}"};`),
    ...states.filter((state) => !final.includes(state)).map((state) => `\t{node [shape = circle] "${state}"};`),
    `\t"__init_${initial}" -> "${initial}";`,
    ...edges.map(({ from, event, to }) => `\t"${from}" -> "${to}" [ label = "${event}" ];`),
    '\t{ rank = min ;',
    `\t\t"__init_${initial}";`,
    `\t\t"${initial}";`,
    '\t}',
    '}',
    '',
  ].join('\n');
}
