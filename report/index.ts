/** How results are shown. */
export { type Ablation, drawAblation, jsonAblation } from './ablation.ts';
export { type Paint, painterFor, plainly, type Tone } from './colour.ts';
export { codeOf, exitCodeOf, exitCodes, precedence } from './exit-code.ts';
export { drawCarriedOver, drawLists } from './difference.ts';
export { countedFindings, findingsDocument } from './finding.ts';
export { drawGrowth } from './growth.ts';
export { type DocumentHead, jsonDocument, jsonTrace } from './json.ts';
export { drawMatrix, type MatrixOptions } from './matrix.ts';
export { drawOrders, jsonOrders } from './orders.ts';
export {
  type DrawOptions,
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
  threadsNamed,
} from './replay-line.ts';
export { type SummaryOptions, summary } from './summary.ts';
export { joined, paragraph, wrapped } from './wrap.ts';
