/** Graphs as pictures, laid out by Graphviz within a time limit. */
import { Worker } from 'node:worker_threads';
import { exitCodes } from '#report';
import { Failure } from './failure.ts';

/** One try. */
export interface Layout {
  readonly dot: string;
  readonly engine: 'dot' | 'sfdp';
}

/**
 * The picture of a graph, as SVG: in ranks, or, where that takes too long, with springs.
 * @param seconds for each of the two tries.
 * @throws Failure (17) when neither ends in time.
 */
export async function svgOf(dot: string, seconds: number): Promise<string> {
  for (const engine of ['dot', 'sfdp'] as const) {
    const svg = await laidOut({ dot, engine }, seconds);
    if (svg !== undefined) return svg;
  }
  throw new Failure(
    exitCodes.incomplete,
    `the graph cannot be laid out within ${seconds} s; lower --nodes, or give --dot to a program with more time`,
  );
}

function laidOut(layout: Layout, seconds: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./layout-worker.js', import.meta.url), { workerData: layout });
    const end = (svg?: string) => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(svg);
    };
    const timer = setTimeout(end, seconds * 1000);
    worker.once('message', end).once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
