// The page in a browser, on the demo: from the printed link to a change, its effect on traffic, and its revert.
import AxeBuilder from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, places, show, tab, visit } from './lib/browser.mjs'
import { drag, inOrder, nav, receipt } from './lib/hands.mjs'
import { start, until } from './lib/switchyard.mjs'

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

/** Requests by arm, in all of the window. */
async function requests(server, route) {
  const { arms } = await server.get(server.here(`/traffic/routes/${route}`))
  return Object.fromEntries(arms.map(({ arm, requests }) => [arm, requests.reduce((a, b) => a + b, 0)]))
}

/** The share of `arm` among at least `enough` requests from now on, in percent. */
async function shareFromNow(server, route, arm, enough = 60) {
  const start = await requests(server, route)
  const since = (now) => Object.entries(now).map(([arm, n]) => [arm, n - (start[arm] ?? 0)])
  return until(
    `${enough} requests to ${route}`,
    async () => {
      const counts = since(await requests(server, route))
      const all = counts.reduce((sum, [, n]) => sum + n, 0)
      return all >= enough && { percent: (100 * (Object.fromEntries(counts)[arm] ?? 0)) / all }
    },
    { seconds: 90 },
  ).then(({ percent }) => percent)
}

/** Applies what is in the tray; answers the revision's number, as the receipt tells it. */
async function applyTray(page, title) {
  await page.getByRole('region', { name: /^Your change in/ }).getByRole('button', { name: /Review and apply/ }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('Title').fill(title)
  await sheet.getByLabel('Reason').fill('the story')
  await sheet.getByRole('button', { name: /^Apply 1 edit to production$/ }).click()
  return receipt(page)
}

test('sign in, roll out, watch it move, split a route, look back, and revert', async (t) => {
  const server = await start(t, { demo: true })
  const { context, page } = await visit(browser)
  server.closing.push(() => context.close())
  const targeting = async () => (await server.get(server.here('/flags/checkout-v2'))).targeting
  const rollout = async () => (await targeting()).fallthrough.rollout.variations.map(({ weight }) => weight)
  let rolled
  let split

  const step = inOrder(t)
  await step('the printed link signs in, once', async () => {
    const link = server.said.match(/http\S+\/sign-in\?token=\S+/)[0]
    await page.goto(link)
    await nav(page, 'Flags').waitFor()
    assert.match(page.url(), /\/p\/shop\/production$/)
    const { context, page: other } = await visit(browser)
    await other.goto(link)
    await other.getByRole('alert').getByText('This link has been used or is too old.').waitFor()
    await context.close()
    assert.deepEqual(page.faults, [])
  })

  await step('a share is dragged, applied, and the traffic follows', async () => {
    await nav(page, 'Flags').click()
    await page.getByRole('link', { name: 'checkout-v2' }).first().click()
    await page.getByRole('heading', { level: 1, name: /checkout-v2/ }).waitFor()
    const knob = await drag(page, 'Everyone else: percentages', 60)
    assert.equal(await knob.getAttribute('aria-valuenow'), '60')
    await knob.press('Shift+ArrowRight')
    await until('the key moved it on', async () => (await knob.getAttribute('aria-valuenow')) === '70')
    assert.deepEqual(await rollout(), [10000, 90000], 'nothing is live before it is applied')
    const before = await shareFromNow(server, 'checkout', 'new')
    rolled = await applyTray(page, 'More of the new checkout')
    assert.deepEqual(await rollout(), [70000, 30000])
    const now = await shareFromNow(server, 'checkout', 'new')
    t.diagnostic(`new checkout: ${before.toFixed()} % of requests, then ${now.toFixed()} %`)
    assert.ok(now > before + 20, `${before} % → ${now} %`)
  })

  await step('two open pages agree', async () => {
    const other = await tab(context)
    await other.goto(page.url())
    const state = (on) => other.getByRole('button', { name: on ? /^Turn off…/ : /^Turn on…/ })
    await state(true).waitFor()
    const took = []
    for (const on of [false, true, false, true]) {
      await page.getByRole('button', { name: on ? /^Turn on…/ : /^Turn off…/ }).click()
      await page.getByRole('dialog').getByRole('button', { name: on ? 'Turn on now' : 'Turn off now' }).click()
      await until('the switch is live', async () => (await targeting()).on === on)
      const begin = performance.now()
      await state(on).waitFor()
      took.push(Math.round(performance.now() - begin))
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    t.diagnostic(`the other page followed within ${took.join(', ')} ms`)
    // A busy machine may be late once; a page that does not listen is late always.
    assert.ok(Math.min(...took) < 1000, String(took))
    assert.deepEqual(other.faults, [])
    await other.close()
  })

  await step('a route’s weight is dragged, and its requests follow', async () => {
    const close = page.getByRole('button', { name: 'Close receipt' })
    if (await close.isVisible()) await close.click()
    await nav(page, 'Routes').click()
    await page.locator('main').getByRole('link', { name: /\/catalog\b/ }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Catalogue' }).waitFor()
    const before = await shareFromNow(server, 'catalog', 'v2')
    await drag(page, 'Weights of the arms', 25)
    split = await applyTray(page, 'Most to v2')
    const { route } = await server.get(server.here('/routes/catalog'))
    assert.deepEqual(route.split.arms.map(({ weight }) => weight), [25000, 75000])
    const now = await shareFromNow(server, 'catalog', 'v2')
    t.diagnostic(`catalog v2: ${before.toFixed()} % of requests, then ${now.toFixed()} %`)
    assert.ok(now > before + 20, `${before} % → ${now} %`)
  })

  await step('History tells both, and takes the first one back', async () => {
    await nav(page, 'History').click()
    const row = (number) => page.getByRole('button', { name: new RegExp(`^r${number}\\b`) })
    await row(split).getByText('Most to v2').waitFor()
    await row(rolled).click()
    await page.getByRole('button', { name: /^Revert…/ }).click()
    const sheet = page.getByRole('dialog', { name: `Revert r${rolled}` })
    await sheet.getByLabel('Reason').fill('enough seen')
    await sheet.getByRole('button', { name: 'Revert', exact: true }).click()
    await until('it is taken back', async () => (await rollout())[0] === 10000)
    await sheet.waitFor({ state: 'detached' })
    assert.deepEqual(await rollout(), [10000, 90000])
    const { route } = await server.get(server.here('/routes/catalog'))
    assert.equal(route.split.arms[0].weight, 25000, 'what came later elsewhere stays')
    await page.getByText(new RegExp(`reverted by r${split + 1}`)).first().waitFor()
  })

  assert.deepEqual(page.faults, [])
})

test('pages that all can use', async (t) => {
  const server = await start(t, { demo: true })
  await until('traffic is seen', async () => Object.values(await requests(server, 'checkout')).some((n) => n > 5))
  // A change in review, to be looked at.
  const edits = [{ target: { environment: 'production', kind: 'targeting', key: 'checkout-v2' }, op: { type: 'setOn', on: false } }]
  await server.post(server.inProject('/changes'), { title: 'Off again', reason: 'to be looked at', edits })
  await server.post(server.inProject('/changes/1/submit'), {})
  for (const theme of ['light', 'dark']) {
    const { context, page } = await visit(browser, { server, theme })
    for (const place of Object.keys(places)) {
      await t.test(`${place}, ${theme}`, async () => {
        page.faults.length = 0
        await show(page, server, place)
        const { violations } = await new AxeBuilder({ page }).analyze()
        const told = violations.map(
          ({ id, help, nodes }) =>
            `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html.slice(0, 160)}\n    ${failureSummary.replaceAll('\n', ' ').slice(0, 240)}`).join('\n')}`,
        )
        assert.equal(told.length, 0, told.join('\n'))
        assert.deepEqual(page.faults, [])
      })
    }
    await context.close()
  }
  const { context, page } = await visit(browser, { theme: 'light' })
  await t.test('sign-in', async () => {
    await page.goto(`${server.url}/sign-in`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    const { violations } = await new AxeBuilder({ page }).analyze()
    assert.deepEqual(violations.map(({ id }) => id), [])
  })
  await context.close()
})
