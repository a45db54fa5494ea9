/** In which order the lines of a recording may come. */
import { match } from 'ts-pattern';
import type { Operation } from './operations.ts';
import { RecordingError } from './recording-error.ts';

/**
 * Holds operations to what every recording keeps: `seq` rises, snapshots open and close in turn under one name, `seen` stands inside.
 * `lineOf` gives the line of the operation with that index.
 */
export function inOrder(operations: Operation[], file: string, lineOf: (index: number) => number): Operation[] {
  let last = -1;
  let open: string | undefined;
  operations.forEach((operation, index) => {
    const wrong = (sentence: string) => new RecordingError(file, lineOf(index), `${sentence}; ${incomplete}`);
    if (operation.seq <= last) throw wrong(`expected a seq above ${last}, and saw ${operation.seq}`);
    last = operation.seq;
    match(operation)
      .with({ op: 'snapshot_begin' }, ({ phase }) => {
        if (open !== undefined) throw wrong(`expected snapshot_end of ${open}, and saw snapshot_begin of ${phase}`);
        open = phase;
      })
      .with({ op: 'snapshot_end' }, ({ phase }) => {
        if (open !== phase) throw wrong(`expected snapshot_end of ${open ?? 'no snapshot'}, and saw that of ${phase}`);
        open = undefined;
      })
      .with({ op: 'seen' }, ({ snapshot }) => {
        if (open !== snapshot)
          throw wrong(`expected a list seen by snapshot ${open ?? 'none'}, and saw one by ${snapshot}`);
      })
      .otherwise(() => {});
  });
  if (open !== undefined) {
    const line = lineOf(operations.length - 1);
    throw new RecordingError(file, line, `the file ends inside snapshot ${open}; ${incomplete}`);
  }
  return operations;
}

const incomplete = 'lines are missing or were moved: copy the file again from where it was made, or record anew';
