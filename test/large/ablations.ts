/** Writes `model/<name>/ablation.md`, what `mmucheck ablate` says of the right variants of a model: `npm run ablations` builds and runs it. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The models, and bounds at which all their lines are tried within 20 seconds. */
export const ablated: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'dirty-log': { gfn: 1, vcpu: 1 },
};

/** What is written of a model, given what the command says. */
export function ablationDocument(name: string, said: string): string {
  return [
    `# Which steps ${name} needs`,
    '<!-- Written by `npm run ablations`. Why a step is there that is not shown needed stands in notes.md beside it. -->',
    `\`\`\`text\n${said.trim()}\n\`\`\`\n`,
  ].join('\n\n');
}

function ablate(name: string, bounds: Readonly<Record<string, number>>): string {
  const sizes = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const main = join(import.meta.dirname, '../../dist/cli/main.js');
  return execFileSync(process.execPath, [main, 'ablate', name, '--width', '100', '--bounds', sizes.join()], {
    encoding: 'utf8',
  });
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, bounds] of Object.entries(ablated)) {
    const file = join(import.meta.dirname, '../../model', name, 'ablation.md');
    writeFileSync(file, ablationDocument(name, ablate(name, bounds)));
  }
}
