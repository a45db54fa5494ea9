/** How results are shown. */
export { type Paint, painterFor, plainly, type Tone } from './colour.ts';
export { codeOf, exitCodeOf, exitCodes, precedence } from './exit-code.ts';
export { type DocumentHead, jsonDocument, jsonTrace } from './json.ts';
export { drawMatrix, type MatrixOptions } from './matrix.ts';
export {
  type DrawOptions,
  drawRace,
  drawSteps,
  drawViolation,
  type Origin,
  raceHeading,
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
export { plotSvg } from './plot.ts';
export { shapeOf, shapeText, type Point, type Shape } from './shape.ts';
export { cellText, drawSweep, pointsOf, rowShape, type SweepCell, type SweepTable } from './sweep.ts';
export { type Findings, figureName, findingsText } from './findings.ts';
