/** The thread that lays out a graph, which may take for ever: whoever starts it ends it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import type { Layout } from './layout.ts';

const { dot, engine } = workerData as Layout;
const graphviz = await Graphviz.load();
parentPort?.postMessage(graphviz.layout(dot, 'svg', engine));
