// Several changes at once: one on top of the other, one that met another on the way, and who is told.
import AxeBuilder from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { inOrder, nav, receipt } from './lib/hands.mjs'
import { start, until } from './lib/switchyard.mjs'

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

const target = (key) => ({ kind: 'targeting', environment: 'production', key })
const turn = (key, on) => ({ target: target(key), op: { type: 'setOn', on } })
const everyone = (key, variation) => ({ target: target(key), op: { type: 'setServe', serve: { variation } } })
const half = (key) => ({
  target: target(key),
  op: { type: 'setServe', serve: { rollout: { contextKind: 'user', variations: [0, 1].map((variation) => ({ variation, weight: 50_000 })) } } },
})

async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`),
    [],
  )
}

async function shop(t) {
  const server = await start(t, { demo: true })
  const { page } = await visit(browser, { server })
  const propose = async (title, ...edits) =>
    (await server.post(server.inProject('/changes'), { title, reason: 'a test', edits })).number
  const apply = async (title, ...edits) =>
    server.post(server.inProject(`/changes/${await propose(title, ...edits)}/apply`), {})
  const open = async (number) => {
    await page.goto(`${server.url}/p/shop/production/changes/${number}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  const targeting = async (key) => (await server.get(server.here(`/flags/${key}`))).targeting
  return { server, page, propose, apply, open, targeting }
}

test('what comes after is planned on top, waits for the first, and stops with it', async (t) => {
  const { server, page, propose, open, targeting } = await shop(t)
  const first = await propose('Banner off', turn('promo-banner', false))
  const tray = page.getByRole('region', { name: /^Your change in/ })
  const order = page.getByRole('region', { name: 'Order' })
  const step = inOrder(t)
  let second

  await step('a change is planned on top of one that is open', async () => {
    await open(first)
    await order.getByText('It stands alone').waitFor()
    await order.getByRole('button', { name: 'Plan what comes after it' }).click()
    await tray.getByText(`Change · 0 edits, after C-${first}`).waitFor()
    await nav(page, 'Flags').click()
    await page.getByRole('link', { name: 'promo-banner' }).first().click()
    await page.getByRole('heading', { level: 1, name: /promo-banner/ }).waitFor()
    const { items } = await server.get(server.inProject('/changes?state=draft'))
    second = items[0].number
    assert.deepEqual(items[0].after.map(({ number }) => number), [first])
    await server.call('PUT', server.inProject(`/changes/${second}`), { title: 'Banner on again', reason: 'r', edits: [turn('promo-banner', true)] }, { 'if-match': '"v1"' })
    await tray.getByText(`Change · 1 edit, after C-${first}`).waitFor()
  })

  await step('it can not be applied before the first', async () => {
    await open(second)
    await order.getByText(/^after/).waitFor()
    const apply = page.getByRole('button', { name: /^Apply/ }).first()
    assert.equal(await apply.getAttribute('aria-disabled'), 'true')
    assert.match(await apply.getAttribute('title'), new RegExp(`comes after C-${first}, which is a draft`))
    const early = await server.cli(['change', 'apply', String(second)])
    assert.equal(early.code, 1)
    assert.match(early.stderr, new RegExp(`C-${second} can't be applied yet: it comes after C-${first}, which is a draft`))
    await accessible(page)
  })

  await step('first one, then the other', async () => {
    await open(first)
    await order.getByText(/^before/).waitFor()
    await page.getByRole('button', { name: /^Apply/ }).first().click()
    await receipt(page)
    assert.equal((await targeting('promo-banner')).on, false)
    await open(second)
    await order.getByText(/Applied as r/).waitFor()
    await page.getByRole('button', { name: /^Apply/ }).first().click()
    await receipt(page)
    assert.equal((await targeting('promo-banner')).on, true)
  })

  await step('given up, the first stops what comes after it, and Home says so', async () => {
    const given = await propose('Ranker off', turn('ranker', false))
    const stopped = await propose('Ranker on', turn('ranker', true))
    const ordered = await server.cli(['change', 'order', String(stopped), '--after', `C-${given}`])
    assert.equal(ordered.code, 0, ordered.stderr)
    assert.match(ordered.stdout, new RegExp(`after C-${given} \\(draft\\): Ranker off`))
    await server.call('DELETE', server.inProject(`/changes/${given}`))
    await nav(page, 'Home').click()
    await page.getByText(`C-${given}, which it comes after, was given up.`).waitFor()
    const told = await server.cli(['change', 'notices'])
    assert.match(told.stdout, new RegExp(`C-${stopped} .*C-${given}, which it comes after, was given up`))
    await page.getByRole('link', { name: /^Look/ }).first().click()
    await page.getByText(`C-${given}, which this comes after, was given up`).first().waitFor()
    await order.getByRole('button', { name: `Do not wait for C-${given}` }).click()
    await order.getByText('It stands alone').waitFor()
    assert.deepEqual(await server.get(server.inProject('/notices')), [])
  })
  assert.deepEqual(page.faults, [])
})

test('two who changed the same field are shown side by side, and one side stays', async (t) => {
  const { server, page, propose, apply, open, targeting } = await shop(t)
  const mine = await propose('All get the second', everyone('promo-banner', 1), turn('ranker', false))
  await apply('Half and half', half('promo-banner'))
  await open(mine)
  const sides = page.getByRole('region', { name: 'Which side stays' })
  await sides.getByText('Somebody changed the same field since.').waitFor()
  const keep = sides.getByRole('button', { name: 'Keep what is chosen' })
  assert.equal(await keep.getAttribute('aria-disabled'), 'true')
  await accessible(page)
  const shown = await server.cli(['change', 'show', String(mine)])
  assert.match(shown.stdout, /conflict: production\/targeting\/promo-banner fallthrough\n {2}now \(.*, r2\): /)
  await sides.getByRole('radio', { name: /this change/ }).check()
  await keep.click()
  await sides.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: /^Apply/ }).first().click()
  await receipt(page)
  assert.equal((await targeting('promo-banner')).fallthrough.variation, 1)
  assert.equal((await targeting('ranker')).on, false)

  // By the command line, for the other side of one of two.
  const again = await propose('The ranker is fresh', everyone('ranker', 2), turn('ranker', true))
  await apply('The ranker is personal', everyone('ranker', 1))
  const settled = await server.cli(['change', 'resolve', String(again), '--keep', 'change', '--except', 'fallthrough'])
  assert.equal(settled.code, 0, settled.stderr)
  assert.equal((await server.cli(['change', 'apply', String(again)])).code, 0)
  const ranker = await targeting('ranker')
  assert.deepEqual([ranker.fallthrough.variation, ranker.on], [1, true])
  assert.deepEqual(page.faults, [])
})

test('what happens while a page still connects is shown when it has', async (t) => {
  const { page, server, apply } = await shop(t)
  let connect
  const gate = new Promise((resolve) => {
    connect = resolve
  })
  await page.route('**/api/v1/projects/shop/events', async (route) => {
    await gate
    await route.continue()
  })
  await page.goto(`${server.url}/p/shop/production/history`)
  const newest = page.getByText('Banner off')
  await page.getByText('r1', { exact: true }).first().waitFor()
  await apply('Banner off', turn('promo-banner', false))
  assert.equal(await newest.count(), 0, 'it can not know yet')
  connect()
  await newest.first().waitFor()

  // The same where an answer is under way that was given before.
  let answer
  const answered = new Promise((resolve) => {
    answer = resolve
  })
  let asked
  const isAsked = new Promise((resolve) => {
    asked = resolve
  })
  const old = async (route) => {
    const response = await route.fetch()
    asked()
    await answered
    await route.fulfill({ response })
  }
  await page.route(/\/revisions(\?|$)/, old, { times: 1 })
  const connected = page.waitForResponse(/\/projects\/shop\/events$/)
  await page.reload()
  await Promise.all([isAsked, connected])
  await apply('Ranker off', turn('ranker', false))
  answer()
  await page.getByText('Ranker off').first().waitFor()
  assert.deepEqual(page.faults, [])
})

test('who is mentioned finds it on Home until they answer', async (t) => {
  const { server, page, propose } = await shop(t)
  const ann = await server.post('/members', { name: 'Ann Other', role: 'developer' })
  const { url } = await server.post(`/members/${ann.id}/sign-in-link`)
  const hers = await visit(browser)
  server.closing.push(() => hers.context.close())
  await hers.page.goto(url)
  await nav(hers.page, 'Flags').waitFor()
  const number = await propose('Banner off', turn('promo-banner', false))
  await server.post(server.inProject(`/changes/${number}/submit`), {})
  await server.post(server.inProject(`/changes/${number}/comments`), { text: `@${ann.id} is support told?`, edit: 0 })
  await nav(hers.page, 'Home').click()
  await hers.page.getByText('“@Ann Other is support told?” On edit 1.').waitFor()
  await accessible(hers.page)
  await hers.page.getByRole('link', { name: /^Look/ }).first().click()
  await hers.page.getByRole('button', { name: 'Comment on edit 1' }).click()
  await hers.page.getByLabel('Comment on edit 1', { exact: true }).last().fill('yes, all')
  await hers.page.getByRole('button', { name: 'Send', exact: true }).click()
  await hers.page.locator('#edit-1 span').getByText('yes, all').waitFor()
  await nav(hers.page, 'Home').click()
  await until('it is answered', async () => (await hers.page.getByText('is support told?').count()) === 0)
  assert.deepEqual([...page.faults, ...hers.page.faults], [])
})

test('several drafts are open at once, and one is worked on', async (t) => {
  const { server, page, propose, open } = await shop(t)
  const tray = page.getByRole('region', { name: /^Your change in/ })
  const first = await propose('Banner off', turn('promo-banner', false))
  const second = await propose('Ranker off', turn('ranker', false), turn('checkout-v2', false))
  await open(first)
  await tray.getByText('Change · 2 edits').waitFor()
  await page.getByRole('button', { name: 'Work on it' }).click()
  await tray.getByText('Change · 1 edit').waitFor()
  await page.reload()
  await tray.getByText('Change · 1 edit').waitFor()
  await tray.getByRole('button', { name: /^(Review|Apply|Look|Open|Send)/ }).first().click()
  const sheet = page.getByRole('dialog')
  await sheet.getByText('Other drafts').click()
  await accessible(page)
  await sheet.getByRole('button', { name: `C-${second} Ranker off` }).click()
  await sheet.getByText('ranker: turned').waitFor()
  await page.keyboard.press('Escape')
  await tray.getByText('Change · 2 edits').waitFor()
  assert.equal((await server.get(server.inProject('/changes?state=draft'))).total, 2)
  assert.deepEqual(page.faults, [])
})
