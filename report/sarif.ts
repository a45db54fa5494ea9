/** SARIF 2.1.0: what is not as expected, with its trace as a code flow, one thread flow for each thread of the model. */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Trace } from '#explorer';
import { changesOf } from './changes.ts';
import { oneLine } from './escape.ts';
import { callOf } from './replay-line.ts';
import type { Reported, SourceLine, SourceOf } from './reported.ts';
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

/** What the document wants to know beside the results. */
export interface SarifOptions {
  readonly version: string;
  /** Where variants and steps are written. */
  readonly sourceOf?: SourceOf;
}

/** The document. Rules are claims, so that a claim keeps its alert from run to run. */
export function sarif(results: readonly Reported[], { version, sourceOf = () => undefined }: SarifOptions): string {
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
        results: alerts.map((alert) => alertOf(alert, sourceOf)),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function alertOf({ result, verdict, rule }: Alert, sourceOf: SourceOf): object {
  const { model, variant } = result;
  const place = `${model}/${variant}`;
  const { trace, claimed, race, name, came } = verdict;
  const said = [`${place}: ${sentenceOfVerdict(verdict)}`, ...(claimed === undefined ? [] : [claimed])];
  return {
    ruleId: rule,
    level: came === 'not decided' ? 'warning' : 'error',
    message: { text: [...said, ...(race === undefined ? [] : ['', race])].join('\n') },
    locations: [locationOf(result, place, sourceOf(result))],
    partialFingerprints: { primaryLocationLineHash: createHash('sha256').update(`${place}\n${name}`).digest('hex') },
    ...(trace === undefined || trace.length === 0
      ? {}
      : { codeFlows: [{ threadFlows: flowsOf(result, trace, sourceOf) }] }),
  };
}

/** One flow for each thread that takes a step; `executionOrder` says how they interleave. */
function flowsOf(result: Reported, trace: Trace, sourceOf: SourceOf): object[] {
  const steps = trace.steps.map((step, i) => ({ ...step, i })).slice(-mostLocations);
  return columnsOf(trace)
    .map((thread) => ({ id: thread, steps: steps.filter((step) => step.thread === thread) }))
    .filter((flow) => flow.steps.length > 0)
    .map((flow) => ({
      id: flow.id,
      locations: flow.steps.map((step) => ({
        executionOrder: step.i + 1,
        location: {
          ...locationOf(
            result,
            `${result.model}/${result.variant}/${step.thread}/${step.step}`,
            sourceOf(result, step.step),
          ),
          message: { text: `${step.i + 1}. ${callOf(step)}: ${changesOf(trace, step.i).join(', ')}` },
        },
      })),
    }));
}

/** Readers ask for a file: what nobody can find gets its name for one. */
function locationOf(
  { file, model, variant }: Reported,
  fullyQualifiedName: string,
  source: SourceLine | undefined,
): object {
  const path = source?.file ?? file ?? `${model}/${variant}`;
  const uri = isAbsolute(path) ? pathToFileURL(path).href : oneLine(path).split('/').map(encodeURIComponent).join('/');
  return {
    physicalLocation: { artifactLocation: { uri }, region: { startLine: source?.line ?? 1 } },
    logicalLocations: [{ fullyQualifiedName }],
  };
}
