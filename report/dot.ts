/** A graph of states as Graphviz reads it, drawn as TLC draws one: initial states filled, a colour an actor, a rank a level. */
import { oneLine } from './escape.ts';
import type { GraphEdge, GraphNode, StateGraph } from './state-graph.ts';

/** The dark half of the colours of the scheme that TLC uses. */
const colours = [2, 4, 6, 8, 10, 12];

/** The document. States that lead to others that are left out are light yellow, and what the trace runs through is bold. */
export function dot({ name, all, nodes, edges }: StateGraph): string {
  const threads = [...new Set(edges.map(({ thread }) => thread))];
  const colourOf = (thread: string) => String(colours[threads.indexOf(thread) % colours.length]);
  const left = all - nodes.length;
  const levels = [...new Set(nodes.map(({ level }) => level))].toSorted((a, b) => a - b);
  return [
    'strict digraph DiskGraph {',
    'node [shape=box,style=rounded]',
    'edge [colorscheme="paired12"]',
    'nodesep=0.35;',
    `label=${quoted(`${name}: ${nodes.length} of ${all} states`)};`,
    ...(left > 0 ? [`// ${left} states are left out; those that lead there are light yellow`] : []),
    'subgraph cluster_graph {',
    'color="white";',
    'label="";',
    ...nodes.map((node) => `${node.id} [${nodeAttributes(node)}]`),
    ...joinedEdges(edges).map((edge) => edgeText(edge, colourOf(edge.thread))),
    ...levels.map(
      (level) => `{rank = same; ${nodes.flatMap((node) => (node.level === level ? `${node.id};` : [])).join(' ')}}`,
    ),
    '}',
    ...(threads.length > 1 ? legend(threads, colourOf) : []),
    '}',
    '',
  ].join('\n');
}

function nodeAttributes({ lines, initial, onTrace, cut }: GraphNode): string {
  const label = `label=${quoted(lines.map((line) => `/\\ ${line}`).join('\n') || 'TRUE')}`;
  const styles = ['rounded', ...(initial || cut ? ['filled'] : []), ...(onTrace ? ['bold'] : [])];
  const style = styles.length > 1 ? [`style=${quoted(styles.join(','))}`] : [];
  return [label, ...style, ...(cut && !initial ? ['fillcolor=lightyellow'] : [])].join(',');
}

/** A strict graph has one edge from a state to another: it has the labels of all. */
function joinedEdges(edges: readonly GraphEdge[]): GraphEdge[] {
  const joined = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`;
    const known = joined.get(key);
    joined.set(
      key,
      known ? { ...known, label: `${known.label}\n${edge.label}`, onTrace: known.onTrace || edge.onTrace } : edge,
    );
  }
  return [...joined.values()];
}

function edgeText({ from, to, label, onTrace }: GraphEdge, colour: string): string {
  const bold = onTrace ? ',penwidth=3' : '';
  if (from === to) return `${from} -> ${to} [label=${quoted(label)},style="dashed",color="lightgray"${bold}];`;
  return `${from} -> ${to} [label=${quoted(label)},color="${colour}",fontcolor="${colour}"${bold}];`;
}

function legend(threads: readonly string[], colourOf: (thread: string) => string): string[] {
  return [
    'subgraph cluster_legend {',
    'label = "steps of"; node [shape=point] {',
    ...threads.flatMap((_, i) => [`d${i} [style = invis];`, `p${i} [style = invis];`]),
    '}',
    ...threads.map(
      (thread, i) =>
        `d${i} -> p${i} [label=${quoted(thread)},color="${colourOf(thread)}",fontcolor="${colourOf(thread)}"]`,
    ),
    '}',
  ];
}

/** A string of the language: line breaks stay, everything that would end it or begin an escape is escaped. */
function quoted(text: string): string {
  const lines = text.split('\n').map((line) => oneLine(line).replaceAll('\\', '\\\\').replaceAll('"', '\\"'));
  return `"${lines.join('\\n')}"`;
}
