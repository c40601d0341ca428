// Time travel in a browser: pages show what was, say so, and lead back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { start } from './lib/switchyard.mjs'

test('every page shows the shop as it was, through every click, and leads back to now', async (t) => {
  const server = await start(t, { demo: true })
  const off = { target: { environment: 'production', kind: 'targeting', key: 'promo-banner' }, op: { type: 'setOn', on: false } }
  const { number } = await server.post(server.inProject('/changes'), { title: 'Banner off', reason: 'a test', edits: [off] })
  await server.post(server.inProject(`/changes/${number}/apply`), {})
  const browser = await launch()
  t.after(() => browser.close())
  const { page } = await visit(browser, { server })
  await page.goto(`${server.url}/p/shop/production/history?r=1`)
  await page.getByRole('link', { name: 'See everything as it was at r1' }).click()
  const bar = page.getByRole('region', { name: 'As of r1' })
  await bar.getByText(/You look at r1.*1 revision came since/).waitFor()

  // Its state now is off; then it was on, and nothing can be changed.
  await page.getByRole('link', { name: 'promo-banner' }).first().click()
  await page.waitForURL(/promo-banner.*at=1/)
  const flip = page.getByRole('button', { name: /Turn off/ })
  await flip.waitFor()
  assert.equal(await flip.getAttribute('aria-disabled'), 'true')
  assert.match(await flip.getAttribute('title'), /You look at r1, as it was/)
  await page.getByRole('link', { name: 'Routes', exact: true }).first().click()
  await page.waitForURL(/routes\?.*at=1/)
  await bar.waitFor()

  // The head moves on meanwhile; the page stays where it is.
  const more = { ...off, target: { ...off.target, key: 'ranker' } }
  const { number: next } = await server.post(server.inProject('/changes'), { title: 'Ranker off', reason: 'a test', edits: [more] })
  await server.post(server.inProject(`/changes/${next}/apply`), {})
  await bar.getByText(/2 revisions came since/).waitFor()

  await page.goto(`${server.url}/p/shop/production/flags/promo-banner?at=1`)
  await bar.getByRole('button', { name: 'Back to now' }).click()
  await page.getByRole('button', { name: /Turn on/ }).waitFor()
  assert.doesNotMatch(page.url(), /at=/)
  await page.goto(`${server.url}/p/shop/production/flags?at=1`)
  await bar.getByRole('link', { name: 'Restore r1…' }).click()
  await page.getByRole('dialog').getByText('promo-banner').first().waitFor()
  assert.doesNotMatch(page.url(), /at=/)
  assert.deepEqual(page.faults, [])
})
