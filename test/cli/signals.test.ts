import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { folder, mmucheck } from './mmucheck.ts';
import { counter, misbehaving } from './suite-texts.ts';

const endless = misbehaving("console.log('it runs'); for (;;);").replace("name: 'counter'", "name: 'endless'");

describe('a signal while a search runs', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s reports what was finished', async (signal, expected) => {
    const cwd = folder({ 'quick.ts': counter, 'endless.ts': endless });
    const { code, stdout } = await mmucheck(['quick.ts', 'endless.ts', '--jobs', '1', '--json', 'out.json'], {
      cwd,
      started: (child) => child.stderr?.once('data', () => child.kill(signal)),
    });
    expect(stdout).toContain('counter at cpu=2');
    expect(stdout).toContain(`interrupted by ${signal}\n\nmmucheck: 1 of 2 variants as expected, 1 not finished\n`);
    expect(code).toBe(expected);
  });
});

describe('a reader that goes away', () => {
  test('is no crash, and keeps the exit code', async () => {
    const { code, stderr } = await mmucheck(['show', 'dirty-log/mmu-lock'], {
      started: ({ stdout }) => stdout?.destroy(),
    });
    expect([code, stderr]).toEqual([16, '']);
  });

  test('that is a full disk is told of', async () => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const child = spawn(process.execPath, [main, 'list'], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toMatch(/^mmucheck: the results cannot be written: ENOSPC/);
    expect(code).toBe(153);
  });
});
