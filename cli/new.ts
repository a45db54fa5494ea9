/** `mmucheck new`: a model with its suite and a test, to begin with. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '#report';
import { Failure, usage } from './failure.ts';
import { withDebug } from './options.ts';
import { print } from './output.ts';
import { modelText, testText } from './template.ts';

/** Adds the verb. */
export function addNew(program: Command): void {
  const command = program
    .command('new')
    .summary('write a model, its suite and a test')
    .description('write a model with its suite (name.ts) and a test of it (name.test.ts), which run at once')
    .argument('<name>', 'the name of the model: lower-case letters, digits and dashes')
    .option('--dir <folder>', 'where to write them; it is made where it does not exist', '.');
  withDebug(command).action(begin);
}

function begin(name: string, { dir }: { dir: string }): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw usage(`new: the name "${name}" needs lower-case letters, digits and dashes only, as in my-patch`);
  const model = join(dir, `${name}.ts`);
  const files = [
    { file: model, text: modelText(name) },
    { file: join(dir, `${name}.test.ts`), text: testText(name) },
  ];
  const taken = files.find(({ file }) => existsSync(file));
  if (taken) throw usage(`new: ${taken.file} exists already, and is left as it is; choose another name, or --dir`);
  try {
    mkdirSync(dir, { recursive: true });
    for (const { file, text } of files) writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    throw new Failure(exitCodes.system, `new: ${dir} cannot be written to: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const path = /^[./~]/.test(model) ? model : `./${model}`;
  const next = [
    `mmucheck check ${path}`,
    `mmucheck show ${name}/no-lock everyFaultCounts --suite ${path}`,
    `npx vitest run ${name}    # where mmucheck and vitest are installed`,
  ];
  print(
    [...files.map(({ file }) => `wrote ${file}`), '', 'Next:', ...next.map((command) => `  ${command}`)].join('\n'),
  );
}
