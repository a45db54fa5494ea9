/** What the rules found, in words. */
import type { Finding, RuleResult } from './rules/ledger.ts';

/** The lines that tell a person how a trace keeps to the rules: a table of all of them, then the first differences of each. */
export function rulesText(results: readonly RuleResult[], file: string): string[] {
  const width = Math.max(...results.map(({ name }) => name.length));
  const row = (rule: string, checked: string, differences: string) =>
    `${rule.padEnd(width)}  ${checked.padStart(7)}  ${differences}`;
  const exercised = results.filter(({ checked }) => checked > 0).length;
  const broken = results.filter(({ differences }) => differences > 0);
  return [
    `${exercised - broken.length} of ${exercised} rules hold in ${file}; ${results.length - exercised} had nothing to compare`,
    row('rule', 'checked', 'differences'),
    ...results.map(({ name, checked, differences }) =>
      row(name, String(checked), checked === 0 ? 'nothing to compare' : String(differences)),
    ),
    ...broken.flatMap(({ name, sentence, differences, findings }) => [
      `${name} (${differences}): ${sentence}`,
      ...findings.flatMap(findingLines),
    ]),
  ];
}

function findingLines({ line, seq, event, expected, found }: Finding): string[] {
  return [`  line ${line}, seq ${seq}: ${event}`, `    expected  ${expected}`, `    found     ${found}`];
}
