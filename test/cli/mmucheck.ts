/** The built command, run as a user runs it: through a pipe. `npm test` builds it first. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { program, told } from '../../cli/program.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a run of the command came to. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run may be given beside its arguments. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process once it has started. */
  readonly started?: (child: ReturnType<typeof spawn>) => void;
}

/** Runs `mmucheck` with these arguments; without colour, and as if on no CI, unless the environment asks for it. */
export function mmucheck(args: readonly string[], { cwd, env = {}, started }: RunOptions = {}): Promise<Run> {
  const { NO_COLOR: _, FORCE_COLOR: __, GITHUB_ACTIONS: ___, GITHUB_STEP_SUMMARY: ____, ...inherited } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...inherited, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
    started?.(child);
  });
}

/**
 * What `mmucheck` answers to arguments that it refuses, or to --help, in this very process. Suite files are
 * named in full.
 */
export async function answered(args: readonly string[]): Promise<Run> {
  let stdout = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    await (await program(args)).parseAsync(args, { from: 'user' });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    const { text, code } = told(error, args.includes('--debug')) ?? { text: '', code: 0 };
    return { code, stdout, stderr: `${text}\n` };
  } finally {
    written.mockRestore();
  }
}

/** A new folder with some files in it. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
  const made = mkdtempSync(join(tmpdir(), 'mmucheck-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}

/** The lines of a text that are longer than a width; replay commands are one line, however long. */
export function tooLong(text: string, width: number): string[] {
  return text.split('\n').filter((line) => line.length > width && !line.startsWith('mmucheck replay '));
}
