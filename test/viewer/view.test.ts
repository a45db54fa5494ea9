import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folder, mmucheck } from '../cli/mmucheck.ts';
import { counter, misbehaving } from '../cli/suite-texts.ts';
import { describeInChromium } from './browser.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A `view` that runs, and the address that it has printed. */
interface Viewing {
  readonly child: ChildProcess;
  readonly url: string;
}

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function view(args: readonly string[], cwd?: string): Promise<Viewing> {
  const child = spawn(process.execPath, [main, 'view', ...args], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve({ child, url: line.trim() }));
    child.once('close', (code) => reject(new Error(`view ended with ${code} before it served`)));
  });
}

function ended({ child }: Viewing, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    child.removeAllListeners('close').once('close', resolve).kill(signal);
  });
}

/** What is answered to a path, asked under a name of this machine. */
function asked(url: string, { host, method = 'GET' }: { host?: string; method?: string } = {}) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const { hostname, port, pathname, search } = new URL(url);
    const headers = host === undefined ? {} : { host };
    request({ hostname, port, path: pathname + search, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });
}

const start = 'dirty-log/no-flush [gfn=1,vcpu=1,ioctl=1] from bitmapClear:';
let viewing: Viewing;
beforeAll(async () => {
  viewing = await view(['dirty-log/no-flush', 'dirty-log/mmu-lock', '--bounds', 'gfn=1,vcpu=1,ioctl=1']);
}, 60_000);

describe('the server of view', () => {
  test('listens on loopback, under a token that cannot be guessed', () => {
    expect(viewing.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  });

  test('answers nobody who does not know the token, or comes by another name', async () => {
    const { port, host, pathname } = new URL(viewing.url);
    const other = `${pathname.slice(1, -2)}${pathname.at(-2) === 'A' ? 'B' : 'A'}`;
    const refused = await Promise.all([
      asked(`http://${host}/`),
      asked(`http://${host}/${other}/`),
      asked(`http://${host}/${other}/walk?line=x`),
      asked(`http://${host}${pathname.slice(0, -1)}`),
      asked(viewing.url, { host: `rebound.example:${port}` }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect(refused[0]?.text).toBe('mmucheck: the address needs the token that mmucheck view has printed\n');
    expect((await asked(viewing.url, { method: 'POST' })).status).toBe(405);
    expect((await asked(`${viewing.url}nothing`)).status).toBe(404);
    expect((await asked(viewing.url)).status).toBe(200);
  });

  test('executes any steps, and says in a sentence why some cannot be', async () => {
    const walk = async (line: string) => {
      const { status, text } = await asked(`${viewing.url}walk?${new URLSearchParams({ line })}`);
      const { walk: found, error } = JSON.parse(text) as { walk?: { frames: unknown[] }; error?: string };
      return [status, found?.frames.length ?? error];
    };
    expect(await walk(`${start} vcpu0.page_fault(0); vcpu0.set_spte()`)).toEqual([200, 3]);
    const empty = 'ioctl0.get_dirty_log(0); ioctl0.clear_dirty_bit()';
    expect(await walk(`${start} ${Array(400).fill(empty).join('; ')}`)).toEqual([200, 801]);
    expect(await walk(`${start} vcpu0.set_spte()`)).toEqual([
      400,
      'step 1, vcpu0.set_spte(): vcpu0 would do page_fault',
    ]);
    expect(await walk('dirty-logs/no-flush')).toEqual([400, expect.stringContaining('did you mean dirty-log?')]);
    expect(await walk('?')).toEqual([400, expect.stringContaining('the replay line does not parse')]);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends on %s', async (signal) => {
    const cwd = folder({ 'counter.ts': counter });
    expect(await ended(await view(['counter.ts'], cwd), signal)).toBe(0);
  });

  test('refuses a port that is taken, and one that is none', async () => {
    const { port } = new URL(viewing.url);
    const cwd = folder({ 'counter.ts': counter });
    const taken = await mmucheck(['view', 'counter.ts', '--port', port], { cwd });
    expect([taken.code, taken.stderr]).toEqual([
      153,
      expect.stringMatching(/^mmucheck: port \d+ cannot be had: .*EADDRINUSE.*; leave out --port for any\n$/),
    ]);
    const none = await mmucheck(['view', 'counter.ts', '--port', '65536'], { cwd });
    expect([none.code, none.stderr]).toEqual([150, 'mmucheck: --port takes a number up to 65535, and got "65536"\n']);
  });
});

describeInChromium('view', (open) => {
  test('leads from the matrix to a variant, to its race, and back', async () => {
    const { page, complaints } = await open(viewing.url);
    expect(await page.locator('.matrix tbody th').allTextContents()).toEqual(['no-flush', 'mmu-lock']);
    await page.getByRole('link', { name: 'no-flush', exact: true }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('dirty-log/no-flush');
    const claim = page.locator('.claims li', { hasText: 'noLostWrite' });
    expect(await claim.textContent()).toMatch(/is violated in \d+ steps/);
    await claim.getByRole('link').click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('dirty-log/no-flush: noLostWrite');
    await page.keyboard.press('End');
    await page.goBack();
    await expect.poll(() => page.locator('h1').textContent()).toBe('dirty-log/no-flush');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('goes on from any state of a race by another step, and a link leads there again', async () => {
    const { page, complaints } = await open(viewing.url);
    await page.getByRole('link', { name: /^noLostWrite is violated/ }).click();
    await page.locator('.row.step').nth(3).click();
    const before = await page.locator('.row.step .call').allTextContents();
    await page.locator('.move.taken').click();
    await expect.poll(() => page.getByRole('status').textContent()).toContain(`4 of ${before.length}`);
    await page.keyboard.press('ArrowLeft');
    const other = page.locator('.move:not(.taken)').first();
    const call = (await other.textContent()) as string;
    await other.click();
    await expect.poll(() => page.getByRole('status').textContent()).toMatch(/^4 of 4 /);
    expect(await page.locator('.row.step .call').allTextContents()).toEqual([...before.slice(0, 3), call]);
    const again = await open(page.url());
    expect(await again.page.locator('.row.step .call').allTextContents()).toEqual([...before.slice(0, 3), call]);
    await page.goBack();
    await expect.poll(() => page.locator('.row.step .call').allTextContents()).toEqual(before);
    expect([...complaints, ...again.complaints]).toEqual([]);
    await page.close();
  });

  test('serves before the first verdict, is filled by verdicts as they come, and explores meanwhile', async () => {
    const large = ['--bounds', 'gfn=4,vcpu=4,ioctl=1', '--jobs', '1'];
    const searching = await view(['dirty-log/mmu-lock', 'dirty-log/no-flush', ...large]);
    const { page, complaints } = await open(searching.url);
    expect(await page.getByRole('status').textContent()).toBe('0 of 2 variants as expected, 2 yet to be searched');
    expect(await page.locator('.matrix tbody tr').first().textContent()).toMatch(/^mmu-lock·+$/);
    await page.getByRole('link', { name: 'no-flush', exact: true }).click();
    expect(await page.locator('.claims li').first().textContent()).toContain('is yet to be searched for');
    await page.getByRole('link', { name: 'bitmapClear' }).click();
    await page.locator('.move', { hasText: 'page_fault(3)' }).first().click();
    await expect.poll(() => page.getByRole('status').textContent()).toBe('1 of 1 vcpu0: page_fault(3)');
    expect(await ended(searching, 'SIGTERM')).toBe(0);
    expect(complaints.filter((each) => !each.includes('ERR_CONNECTION'))).toEqual([]);
    await page.close();

    const filled = await open(viewing.url);
    await expect
      .poll(() => filled.page.getByRole('status').textContent(), { timeout: 30_000 })
      .toBe('2 of 2 variants as expected');
    await filled.page.close();
  });

  test('says why no more verdicts come, and still explores', async () => {
    const cwd = folder({ 'bad.ts': misbehaving('while (s.x === 2);') });
    const failing = await view(['bad.ts'], cwd);
    const { page, complaints } = await open(failing.url);
    const sentence =
      'mmucheck: counter/bad: step cpu0.bad is not at its end after half a second; bound its loops, or lower the bounds';
    await expect.poll(() => page.locator('header .bad').allTextContents(), { timeout: 30_000 }).toEqual([sentence]);
    await page.getByRole('link', { name: 'bad', exact: true }).click();
    await page.getByRole('link', { name: 'the initial state' }).click();
    await page.locator('.move').first().click();
    await expect.poll(() => page.getByRole('status').textContent()).toMatch(/^1 of 1/);
    expect([await ended(failing, 'SIGINT'), complaints]).toEqual([75, []]);
    await page.close();
  });

  test('explores a variant in which nothing is violated', async () => {
    const { page, complaints } = await open(viewing.url);
    await page.getByRole('link', { name: 'mmu-lock', exact: true }).click();
    await page.getByRole('link', { name: 'bitmapClear' }).click();
    await page.locator('.move', { hasText: 'page_fault(0)' }).click();
    await expect.poll(() => page.getByRole('status').textContent()).toBe('1 of 1 vcpu0: page_fault(0)');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('says why a link leads nowhere', async () => {
    const { page } = await open(`${viewing.url}#variant=none`);
    expect(await page.locator('header .bad').textContent()).toBe('There is no variant none among these results.');
    await page.evaluate(`location.hash = new URLSearchParams({ walk: ${JSON.stringify(`${start} vcpu0.nothing()`)} })`);
    await expect.poll(() => page.getByRole('status').textContent()).toContain('vcpu0 would do page_fault');
    await page.close();
  });

  test.each([1280, 400])('fits %i pixels', async (width) => {
    const { page } = await open(viewing.url, { width });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.close();
  });

  test('reads what check --json wrote, for models of ours and others', async () => {
    const cwd = folder({ 'counter.ts': counter });
    await mmucheck(['check', 'counter.ts', '--json', 'results.json'], { cwd });
    const read = await view(['--results', 'results.json'], cwd);
    const { page } = await open(read.url);
    await page.getByRole('link', { name: /^small is violated/ }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('counter/not-atomic: small');
    await page.locator('.move:not(.taken)').click();
    await expect.poll(() => page.getByRole('status').textContent()).toMatch(/^1 of 1/);
    await page.close();
  });

  test('and show --html write the same race, which a link waits for', async () => {
    const file = join(folder(), 'race.html');
    await mmucheck(['show', 'dirty-log/no-flush', 'noLostWrite', '--bounds', 'gfn=1,vcpu=1,ioctl=1', '--html', file]);
    const [written, served] = await Promise.all([
      open(`file://${file}`),
      open(`${viewing.url}#${new URLSearchParams({ variant: start.replace(/ from.*/, ''), claim: 'noLostWrite' })}`),
    ]);
    const calls = await written.page.locator('.row.step .call').allTextContents();
    expect(calls.length).toBeGreaterThan(5);
    expect(await served.page.locator('.row.step .call').allTextContents()).toEqual(calls);
    expect([...written.complaints, ...served.complaints]).toEqual([]);
  });
});
