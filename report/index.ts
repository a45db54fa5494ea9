/** How results are shown. */
export { type Ablation, drawAblation, jsonAblation } from './ablation.ts';
export { type Aligned, aligned } from './alignment.ts';
export { type Automaton, automatonOf, objectsOf } from './automaton.ts';
export { type Paint, painterFor, plainly, type Tone } from './colour.ts';
export { dot } from './dot.ts';
export { codeOf, exitCodeOf, exitCodes, precedence } from './exit-code.ts';
export { drawCarriedOver, drawLists } from './difference.ts';
export { countedFindings, findingsDocument } from './finding.ts';
export { drawGrowth } from './growth.ts';
export { githubAnnotations, githubSummary } from './github.ts';
export { type ItfOptions, itf } from './itf.ts';
export { type CiOptions, junit } from './junit.ts';
export { ktap } from './ktap.ts';
export { type DocumentHead, jsonDocument, jsonTrace, type Shard } from './json.ts';
export { drawMatrix, type MatrixOptions } from './matrix.ts';
export { drawOrders, jsonOrders } from './orders.ts';
export {
  type DrawOptions,
  type Context,
  drawRace,
  drawSteps,
  drawViolation,
  type Origin,
  raceHeading,
  reason,
  type Violated,
} from './race.ts';
export {
  callOf,
  parseReplayLine,
  type ReplayLine,
  ReplayLineError,
  replayCommand,
  replayLine,
  shellWord,
  threadsNamed,
} from './replay-line.ts';
export { raceSvg } from './race-svg.ts';
export { missesFloor, type Reported, type SourceLine, type SourceOf } from './reported.ts';
export { rv } from './rv.ts';
export { sarif } from './sarif.ts';
export { type StateGraph, stateGraphOf } from './state-graph.ts';
export { type SummaryOptions, summary } from './summary.ts';
export { unmet } from './unmet.ts';
export { oneLine } from './escape.ts';
export { undecided } from './undecided.ts';
export { joined, paragraph, wrapped } from './wrap.ts';
export { page, type PageProgram } from './page.ts';
export type {
  PageArray,
  PageClaim,
  PageDocument,
  PageFrame,
  PageLeaf,
  PageLock,
  PageMove,
  PageNews,
  PagePart,
  PageResult,
  PageStruct,
  PageThread,
  PageValue,
  Walk,
} from './page-document.ts';
export { pageAwaited, pageResult } from './page-results.ts';
export { walkOf } from './page-walk.ts';
export { plotSvg } from './plot.ts';
export { shapeOf, shapeText, type Point, type Shape } from './shape.ts';
export { cellText, drawSweep, pointsOf, rowShape, type SweepCell, type SweepTable } from './sweep.ts';
export { type Findings, figureName, findingsText } from './findings.ts';
