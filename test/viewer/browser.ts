/** A real Chromium for the tests of pages, and a page in it that is watched for errors. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where a Chromium is: as CHROMIUM says, else in the path, else where Playwright keeps its own. */
function found(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const inPath = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return [...inPath, chromium.executablePath()].find((path) => existsSync(path));
}

const executablePath = found();
const howToGetOne =
  'apt-get install chromium, or npx playwright-core install chromium, or set CHROMIUM to the path of one';

/** How a page is to be seen, and where its links lead. */
export interface Seen {
  readonly width?: number;
  readonly colorScheme?: 'dark' | 'light';
}

/** Opens a page. Whatever its console or an error of its program says is in `complaints`. */
export type Open = (url: string, seen?: Seen) => Promise<{ page: Page; complaints: readonly string[] }>;

/** Tests in a browser; where there is none they are skipped, under a name that says how to get one. */
export function describeInChromium(name: string, tests: (open: Open) => void): void {
  const isThere = executablePath !== undefined;
  describe.skipIf(!isThere)(isThere ? name : `${name} (no Chromium: ${howToGetOne})`, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] });
    }, 60_000);
    afterAll(() => browser?.close());
    tests(async (url, { width = 1280, colorScheme = 'light' } = {}) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => {
        complaints.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(url);
      await page.waitForSelector('h1');
      return { page, complaints };
    });
  });
}
