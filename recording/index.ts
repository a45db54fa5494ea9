/** What a real kernel did, read from its tracing files and replayed through a model. */
export { checkEvents, rules } from './check-events.ts';
export { conform } from './conform.ts';
export type { ConformResult, Difference } from './conform-result.ts';
export { conformText } from './conform-text.ts';
export type { TraceEvent } from './events.ts';
export { bucketOf, labelContains } from './histogram.ts';
export { bucketLabels, type Level, type LogSnapshot, type RecordingLog, readLog } from './log.ts';
export type { DescriptorState, ListState } from './list-state.ts';
export { type Operation, readOperations } from './operations.ts';
export type { PteLists } from './pte-lists.ts';
export { readRawTrace } from './raw-trace.ts';
export { type Recording, readRecording } from './read.ts';
export { RecordingError } from './recording-error.ts';
export type { Finding, Rule, RuleResult } from './rules/ledger.ts';
export { rulesText } from './rules-text.ts';
export type { HistogramComparison, Misfiled, SnapshotComparison } from './snapshot-comparison.ts';
export type { Resynchronisation } from './tracked-lists.ts';
export { readTraceLine, readTrimmedTrace } from './trimmed-trace.ts';
