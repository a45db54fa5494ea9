#!/usr/bin/env node
/** The command line: verbs, and what becomes of an error. */
import { Command, CommanderError } from 'commander';
import { addAblate } from './ablate.ts';
import { addCheck } from './check.ts';
import { addConform } from './conform.ts';
import { describeFailure, usage } from './failure.ts';
import { addFindings } from './findings.ts';
import { addGraph } from './graph.ts';
import { addList } from './list.ts';
import { addMeasure } from './measure.ts';
import { addMerge } from './merge.ts';
import { addNew } from './new.ts';
import { keepsResultsAlone, survivesClosedPipes } from './output.ts';
import { addOrders } from './orders.ts';
import { addReplay } from './replay.ts';
import { addShow } from './show.ts';
import { addWalk } from './walk.ts';
import { version } from './version.ts';
import { addView } from './view.ts';

survivesClosedPipes();
keepsResultsAlone();
const debug = process.argv.includes('--debug');
process.on('uncaughtException', end).on('unhandledRejection', end);
try {
  await program().parseAsync();
} catch (error) {
  end(error);
}

function program(): Command {
  const made = new Command('mmucheck')
    .description(
      'Explores every interleaving of small models of the Linux KVM MMU, and draws the races that break their claims.',
    )
    .version(version())
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .configureHelp({ minWidthToWrap: 20 })
    .showSuggestionAfterError();
  const claims = [addCheck, addShow, addView, addWalk, addGraph, addReplay, addMerge];
  const questions = [addAblate, addOrders, addMeasure, addFindings, addConform, addList];
  for (const add of [...claims, ...questions, addNew]) add(made);
  return made;
}

function end(error: unknown): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const failure = error instanceof CommanderError ? usage(sentence(error), error) : error;
  const { text, code } = describeFailure(failure, debug);
  process.exitCode = code;
  // A suite file may have left something running.
  process.stderr.write(`${text}\n`, () => process.exit());
}

/** What commander says of a command line, in one line, with where to look next. */
function sentence({ message }: CommanderError): string {
  const said = message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/[.\s]+$/, '');
  return `${said}; mmucheck --help and mmucheck <verb> --help show what there is`;
}
