import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { checkVariant, executed, hardware, type NamedStep } from '#explorer';
import { dirtyLogSuite } from '#invariants';
import { instantiate, type Instance, type Plain, transitionsOf } from '#notation';
import { type Walk, walkOf } from '#report';
import { hostileSuite } from '../report/hostile-model.ts';
import { suiteOf, shippedModels } from '../shipped.ts';
import { describeInChromium } from './browser.ts';
import { pageFile, pageText } from './page-file.ts';

const small = { gfn: 1, vcpu: 1, ioctl: 1 };

/** The executions that violate the claims of a variant. */
function races(name: string, bounds: Readonly<Record<string, number>> = {}): Walk[] {
  const [model = '', variant = ''] = name.split(/\/(?=[^/]+$)/);
  const suite = suiteOf(shippedModels.find((each) => each.name === model) as never);
  return checkVariant(suite, variant, { bounds }).claims.flatMap((claim) =>
    claim.trace ? [walkOf(claim.trace, instantiate(suite.model, variant, claim.trace.bounds), suite, claim)] : [],
  );
}

/** An execution that goes on with one step or another, as a fixed row of numbers has it. */
function wandering(instance: Instance, initial: string, length: number): NamedStep[] {
  const steps: NamedStep[] = [];
  let state = executed(instance, initial, []).states[0] as Plain;
  for (let i = 0, seed = 1; i < length; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    const possible = transitionsOf(instance, state).filter(({ applied }) => applied.kind === 'next');
    const { transition, applied } = possible[seed % possible.length] as (typeof possible)[number];
    if (applied.kind === 'next') state = applied.state;
    const thread = instance.threads[transition.thread]?.path ?? hardware;
    steps.push({ thread, step: transition.edge.label, args: transition.choices });
  }
  return steps;
}

const [noLostWrite] = races('dirty-log/no-flush', small).filter(({ violated }) => violated?.name === 'noLostWrite') as [
  Walk,
];
const steps = noLostWrite.steps.length;
const largeSpteKept = races('museum/404381c5839d/large-spte-kept');

test('a page allows its own program and style, by their hashes, and no network', () => {
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(pageText(noLostWrite)) ?? [];
  expect(policy.replaceAll(/'sha256-[\w+/]{43}='/g, 'HASH')).toBe(
    "default-src 'none'; script-src HASH; style-src HASH; img-src data:; base-uri 'none'; form-action 'none'",
  );
});

describeInChromium('a page', (open) => {
  const url = pageFile(noLostWrite);

  test.each(
    [1280, 400].flatMap((width) => (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme }))),
  )('fits $width pixels in $colorScheme, and complains of nothing', async (seen) => {
    const { page, complaints } = await open(`${url}#at=${steps}`, seen);
    expect(await page.getByRole('status').textContent()).toContain(`${steps} of ${steps}`);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(seen.width);
    const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(paper).toBe(seen.colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('is stepped through by keys, slider and click, and its address keeps the place', async () => {
    const { page, complaints } = await open(url);
    const now = (): Promise<string | null> => page.locator('[aria-current=step] .number').textContent();
    const isAt = (at: number) => expect.poll(now).toBe(String(at));
    await isAt(0);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await isAt(2);
    await page.keyboard.press('ArrowLeft');
    await isAt(1);
    expect(new URL(page.url()).hash).toBe('#at=1');
    await page.keyboard.press('End');
    await isAt(steps);
    await page.getByRole('slider', { name: 'Step' }).fill('3');
    await isAt(3);
    await page.getByRole('slider', { name: 'Step' }).press('ArrowRight');
    await isAt(4);
    await page.locator('.row.step').nth(6).click();
    await isAt(6);
    expect(new URL(page.url()).hash).toBe('#at=6');
    await page.getByRole('button', { name: 'One step on' }).click();
    await page.reload();
    await isAt(7);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('is usable by keyboard alone', async () => {
    const { page } = await open(url);
    const now = () => page.getByRole('status').textContent();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(now).toContain(`1 of ${steps}`);
    await page.locator('.row.step[tabindex="0"]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await expect.poll(now).toContain(`2 of ${steps}`);
    // The focus follows what is shown.
    await expect.poll(() => page.locator(':focus .number').textContent()).toBe('2');
    expect(await page.locator('.row[tabindex="0"]').count()).toBe(1);
    await page.close();
  });

  test('shows what a step changes, in the tree and in the picture', async () => {
    const at = noLostWrite.steps.findIndex(({ changes }) => changes.includes('dirty_bitmap[0] = 1')) + 1;
    const { page } = await open(`${url}#at=${at}`);
    const leaf = page.locator('.tree .flat', { hasText: 'dirty_bitmap' }).locator('.changed');
    expect(await leaf.textContent()).toBe('[0]0 →1');
    const bit = page.locator('.picture figure', { hasText: 'dirty_bitmap' }).locator('td');
    expect([await bit.textContent(), await bit.getAttribute('class')]).toEqual(['1', 'bit set changed']);
    await page.close();
  });

  test('tells of each claim whether it is true there, and why it is not', async () => {
    const { page } = await open(`${url}#at=${steps - 1}`);
    const claim = page.locator('.claims li', { hasText: 'noLostWrite' });
    expect(await claim.locator('.truth').textContent()).toBe('true');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => claim.locator('.truth').textContent()).toBe('false');
    expect(await claim.locator('pre').textContent()).toBe(noLostWrite.violated?.why?.join('\n'));
    await page.close();
  });

  test('names every step that is enabled, and marks the one that is taken', async () => {
    const { page } = await open(url);
    const named = (of: Walk, at: number): string[] =>
      (of.frames[at]?.enabled ?? []).map((place) => of.moves[place]?.call as string);
    const moves = page.locator('.move');
    expect(await moves.allTextContents()).toEqual(named(noLostWrite, 0));
    expect(await page.locator('.move.taken').allTextContents()).toEqual([
      noLostWrite.moves[noLostWrite.steps[0]?.move as number]?.call,
    ]);
    await page.close();
  });

  test('draws who holds a lock, as a bar in the lane and by name', async () => {
    const [locked] = largeSpteKept.filter(({ loopFrom }) => loopFrom === undefined) as [Walk];
    const at = locked.steps.findIndex(({ changes }) => changes.includes('mmu_lock = vcpu0')) + 1;
    const { page } = await open(`${pageFile(locked)}#at=${at}`);
    expect(await page.locator('.chip', { hasText: 'mmu_lock' }).textContent()).toBe('mmu_lock vcpu0');
    expect(await page.locator('[aria-current=step] .lane.held').getAttribute('title')).toBe('holds mmu_lock');
    await page.close();
  });

  test('goes round where an execution has no end', async () => {
    const [endless] = largeSpteKept.filter(({ loopFrom }) => loopFrom !== undefined) as [Walk];
    const { loopFrom = 0, steps: all } = endless;
    const { page } = await open(`${pageFile(endless)}#at=${all.length}`);
    expect(await page.locator('.loop').textContent()).toContain(`again from step ${loopFrom + 1}`);
    expect(await page.locator('.row.again').count()).toBe(all.length - loopFrom);
    await page.getByRole('button', { name: 'Round again' }).click();
    expect(new URL(page.url()).hash).toBe(`#at=${loopFrom + 1}`);
    await page.close();
  });

  test('draws a pte list as boxes and arrows', async () => {
    const [walk] = races('pte-list/fill-from-same') as [Walk];
    const { page } = await open(`${pageFile(walk)}#at=${walk.steps.length}`);
    const titles = await page.locator('.boxes g > text.strong').allTextContents();
    expect(titles).toEqual(['rmap_head[0]', 'desc[1]', 'desc[0]']);
    expect(await page.locator('.boxes .link').count()).toBe(2);
    expect(
      await page.locator('.picture figure', { hasText: 'desc' }).first().locator('.faint').last().textContent(),
    ).toBe('free: desc[2]');
    await page.close();
  });

  test('with several executions has a menu of them', async () => {
    const all = races('dirty-log/no-flush', small);
    const { page } = await open(pageFile(...all));
    await page.getByRole('link', { name: 'dirtyCovered' }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('dirty-log/no-flush: dirtyCovered');
    await page.close();
  });

  test('with 200 steps opens, is small, and answers', async () => {
    const instance = instantiate(dirtyLogSuite.model, 'no-flush');
    const trace = executed(instance, 'bitmapClear', wandering(instance, 'bitmapClear', 200));
    const walk = walkOf(trace, instance, dirtyLogSuite);
    expect(gzipSync(pageText(walk)).length).toBeLessThan(150_000);
    const { page, complaints } = await open(pageFile(walk));
    await page.keyboard.press('End');
    await expect.poll(() => page.getByRole('status').textContent()).toContain('200 of 200');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('shows the names of a model as text, whatever they are', async () => {
    const begins = ['', '</script>', '"\'>', '-->', ']]></style></title></textarea>'];
    const goesOn = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '<svg onload=alert(1)>',
      '<iframe srcdoc="<script>parent.alert(1)</script>">',
      '<a href="javascript:alert(1)" autofocus onfocus=alert(1)>',
      '<body onload=alert(1)>',
      '<style>@import url(data:text/css,*{display:none})</style>',
      '<meta http-equiv=refresh content="0;url=data:text/html,gone">',
      '<base href=//gone.example>',
      '&lt;script&gt;alert(1)\u2028//<!--<script>',
    ];
    const payloads = begins.flatMap((begin) => goesOn.map((on) => begin + on));
    const walks = payloads.map((name) => {
      const suite = hostileSuite(name);
      const instance = instantiate(suite.model, 'only');
      const named = [name, 'second'].map((step) => ({ thread: 'cpu0', step, args: [] }));
      const violated = { name, sentence: name, message: name, why: [name] };
      return walkOf(executed(instance, undefined, named), instance, suite, violated);
    });
    const { page, complaints } = await open(pageFile(...walks));
    const address = page.url();
    for (const payload of payloads) {
      await page.evaluate(`location.hash = new URLSearchParams({ claim: ${JSON.stringify(payload)}, at: '2' })`);
      await expect.poll(() => page.locator('h1').textContent()).toBe(`hostile/only: ${payload}`);
      expect(await page.locator('.row.step .call').first().textContent()).toBe(`${payload}()`);
    }
    expect(await page.evaluate('document.querySelectorAll("script, style, img, iframe, base").length')).toBe(3);
    expect([payloads.length, page.url().split('#')[0], complaints]).toEqual([50, address, []]);
    await page.close();
  }, 60_000);
});
