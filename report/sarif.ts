/** SARIF 2.1.0: what is not as expected, with its trace as a code flow, one thread flow for each thread of the model. */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Trace } from '#explorer';
import { changesOf } from './changes.ts';
import { oneLine } from './escape.ts';
import { callOf } from './replay-line.ts';
import type { Reported } from './reported.ts';
import { columnsOf } from './threads.ts';
import { sentenceOfVerdict, type Verdict, verdictsOf } from './verdict.ts';

/** A result, and the verdict on it that is news. */
interface Alert {
  readonly result: Reported;
  readonly verdict: Verdict;
  readonly rule: string;
}

/** What a reader takes of one result. */
const mostLocations = 10_000;

/** The document. Rules are claims, so that a claim keeps its alert from run to run. */
export function sarif(results: readonly Reported[], { version }: { readonly version: string }): string {
  const alerts = results.flatMap((result) =>
    verdictsOf(result)
      .filter(({ came }) => came !== 'as expected')
      .map((verdict): Alert => ({ result, verdict, rule: `${result.model}/${verdict.name}` })),
  );
  const rules = new Map(alerts.map(({ rule, verdict }) => [rule, verdict.claimed ?? verdict.name]));
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'mmucheck',
            version,
            rules: [...rules].map(([id, text]) => ({ id, shortDescription: { text }, help: { text } })),
          },
        },
        results: alerts.map(alertOf),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function alertOf({ result, verdict, rule }: Alert): object {
  const { model, variant } = result;
  const place = `${model}/${variant}`;
  const { trace, claimed, race, name, came } = verdict;
  const said = [`${place}: ${sentenceOfVerdict(verdict)}`, ...(claimed === undefined ? [] : [claimed])];
  return {
    ruleId: rule,
    level: came === 'not decided' ? 'warning' : 'error',
    message: { text: [...said, ...(race === undefined ? [] : ['', race])].join('\n') },
    locations: [locationOf(result, place)],
    partialFingerprints: { primaryLocationLineHash: createHash('sha256').update(`${place}\n${name}`).digest('hex') },
    ...(trace === undefined || trace.length === 0 ? {} : { codeFlows: [{ threadFlows: flowsOf(result, trace) }] }),
  };
}

/** One flow for each thread that takes a step; `executionOrder` says how they interleave. */
function flowsOf(result: Reported, trace: Trace): object[] {
  const steps = trace.steps.map((step, i) => ({ ...step, i })).slice(-mostLocations);
  return columnsOf(trace)
    .map((thread) => ({ id: thread, steps: steps.filter((step) => step.thread === thread) }))
    .filter((flow) => flow.steps.length > 0)
    .map((flow) => ({
      id: flow.id,
      locations: flow.steps.map((step) => ({
        executionOrder: step.i + 1,
        location: {
          ...locationOf(result, `${result.model}/${result.variant}/${step.thread}/${step.step}`),
          message: { text: `${step.i + 1}. ${callOf(step)}: ${changesOf(trace, step.i).join(', ')}` },
        },
      })),
    }));
}

/** Readers ask for a file. A model of ours has none that the reader could open, and gets its name for one. */
function locationOf({ file, model, variant }: Reported, fullyQualifiedName: string): object {
  const path = file ?? `${model}/${variant}`;
  const uri = isAbsolute(path) ? pathToFileURL(path).href : oneLine(path).split('/').map(encodeURIComponent).join('/');
  return {
    physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
    logicalLocations: [{ fullyQualifiedName }],
  };
}
