// Several people and one change: proposed, seen, stopped by a guardrail, reviewed, applied, reverted.
import { init } from '@launchdarkly/node-server-sdk'
import AxeBuilder from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { drag, inOrder, nav, receipt } from './lib/hands.mjs'
import { start, until } from './lib/switchyard.mjs'

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

/** A new member with a window of their own. */
async function member(server, name, role) {
  const made = await server.post('/members', { name, role })
  const { url } = await server.post(`/members/${made.id}/sign-in-link`)
  const { context, page } = await visit(browser)
  server.closing.push(() => context.close())
  await page.goto(url)
  await nav(page, 'Flags').waitFor()
  return { ...made, page }
}

async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).analyze()
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`),
    [],
  )
}

const tray = (page) => page.getByRole('region', { name: /^Your change in/ })

test('a change goes from one hand to the next', async (t) => {
  const server = await start(t, { demo: true })
  const sdk = init(server.sdkKey, {
    baseUri: server.url,
    streamUri: server.url,
    sendEvents: false,
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  })
  await sdk.waitForInitialization({ timeout: 10 })
  server.closing.push(() => sdk.close())
  /** How many of a thousand the SDK gives the new checkout, in percent. */
  const served = async () => {
    let found = 0
    for (let i = 0; i < 1000; i += 1)
      if (await sdk.variation('checkout-v2', { kind: 'user', key: `someone-${i}` }, false)) found += 1
    return found / 10
  }
  const weights = async () =>
    (await server.get(server.here('/routes/catalog'))).route.split.arms.map(({ weight }) => weight)
  const rollout = async () =>
    (await server.get(server.here('/flags/checkout-v2'))).targeting.fallthrough.rollout.variations.map(
      ({ weight }) => weight,
    )
  const step = inOrder(t)
  let pia
  let eno
  let applied

  await step('production asks for an approval, and a guardrail holds', async () => {
    await server.call('PATCH', server.here(''), { requiredApprovals: 1 })
    const pack = await server.get(server.inProject('/guardrails/pack'))
    const steps = pack.find(({ rule, environments }) => /25/.test(rule) && /step|share|points/i.test(rule + (environments ?? '')))
    assert.ok(steps, `the pack has one about steps: ${pack.map(({ key }) => key)}`)
    const edits = [{ target: { kind: 'guardrail', key: steps.key }, op: { type: 'put', resource: { ...steps, kind: 'guardrail', enabled: true, effect: 'block' } } }]
    const { number } = await server.post(server.inProject('/changes'), { title: 'Small steps', reason: 'the story', edits })
    await server.post(server.inProject(`/changes/${number}/apply`), { breakGlass: { reason: 'the story begins' } })
    pia = await member(server, 'Pia', 'developer')
    eno = await member(server, 'Eno', 'operator')
    await until('traffic is sampled', async () => {
      const edits = [{ target: { kind: 'targeting', environment: 'production', key: 'checkout-v2' }, op: { type: 'setOn', on: false } }]
      const { sample } = await server.post(server.here('/impact'), { edits })
      return sample.contexts > 20
    }, { seconds: 60 })
  })

  await step('10 % is dragged to 50 %, and who moves is counted', async () => {
    const { page } = pia
    await nav(page, 'Flags').click()
    await page.getByRole('link', { name: 'checkout-v2' }).first().click()
    await page.getByRole('heading', { level: 1, name: /checkout-v2/ }).waitFor()
    await drag(page, 'Everyone else: percentages', 50)
    const card = page.getByRole('region', { name: 'Who moves' })
    await card.getByText(/of [\d,]+ sampled .* move to new, 0 back\./).waitFor()
    await card.getByText(/^Sample: /).waitFor()
    await accessible(page)
  })

  await step('a route’s weight goes into the same change', async () => {
    const { page } = pia
    await nav(page, 'Routes').click()
    await page.locator('main').getByRole('link', { name: /\/catalog\b/ }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Catalogue' }).waitFor()
    await drag(page, 'Weights of the arms', 60)
    await tray(page).getByText('Change · 2 edits').waitFor()
  })

  const send = async (page, title) => {
    await tray(page).getByRole('button', { name: /Send for review/ }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByLabel('Title').fill(title)
    await sheet.getByLabel('Reason').fill('two weeks without an error')
    await sheet.getByRole('button', { name: 'Send for review' }).click()
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
  }

  await step('the guardrail stops 50 % and says why', async () => {
    const { page } = pia
    await send(page, 'Half of all get the new checkout')
    const checks = page.getByRole('region', { name: /^Checks/ })
    await checks.getByText(/Blocks: /).waitFor()
    await page.getByRole('button', { name: 'Withdraw' }).click()
    await page.getByText('Draft', { exact: true }).first().waitFor()
  })

  await step('25 % goes to review', async () => {
    const { page } = pia
    await nav(page, 'Flags').click()
    await page.getByRole('link', { name: 'checkout-v2' }).first().click()
    await page.getByText('50 % in your change').first().waitFor()
    const knob = page.getByRole('group', { name: 'Everyone else: percentages' }).getByRole('slider')
    for (const key of ['Shift+ArrowLeft', 'Shift+ArrowLeft', ...Array(5).fill('ArrowLeft')]) await knob.press(key)
    await page.getByText('25 % in your change').first().waitFor()
    await send(page, 'A quarter gets the new checkout')
    await page.getByRole('region', { name: /^Checks/ }).getByText('Every snapshot compiles').waitFor()
    const apply = page.getByRole('button', { name: /^Apply 2 edits to production/ })
    assert.equal(await apply.getAttribute('aria-disabled'), 'true')
    assert.deepEqual(await rollout(), [10000, 90000], 'nothing is live before it is agreed to')
    await accessible(page)
  })

  await step('an engineer finds it on Home, comments on an edit, and approves', async () => {
    const { page } = eno
    await nav(page, 'Home').click()
    await page.getByRole('link', { name: /^Review A quarter/ }).click()
    await page.getByRole('button', { name: 'Comment on edit 1' }).click()
    await page.getByLabel('Comment on edit 1', { exact: true }).last().fill('@Pia is support told?')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.locator('#edit-1').getByText('@Pia').waitFor()
    await page.keyboard.press('a')
    await page.getByText('Approved', { exact: true }).first().waitFor()
    await accessible(page)
  })

  await step('it is applied, and SDK and gateway act on it', async () => {
    const { page } = pia
    await page.getByText('is support told?').waitFor()
    const before = await served()
    await page.getByRole('button', { name: /^Apply 2 edits to production/ }).click()
    applied = await receipt(page)
    assert.deepEqual(await rollout(), [25000, 75000])
    assert.deepEqual(await weights(), [60000, 40000])
    const now = await until('the SDK serves it', async () => {
      const share = await served()
      return share > before + 8 && share
    })
    t.diagnostic(`the SDK gives new to ${before} %, then ${now} %`)
    await page.getByText(`Applied as r${applied}`).waitFor()
    await accessible(page)
  })

  await step('an operator reverts it at once, with a reason', async () => {
    const { page } = eno
    await nav(page, 'History').click()
    await page.getByRole('button', { name: new RegExp(`^r${applied}\\b`) }).click()
    await page.getByRole('button', { name: /^Revert…/ }).click()
    const sheet = page.getByRole('dialog', { name: `Revert r${applied}` })
    await sheet.getByLabel('Reason').fill('support was not told')
    await sheet.getByRole('button', { name: /^Break glass: revert now/ }).click()
    await until('it is taken back', async () => (await rollout())[0] === 10000)
    await sheet.waitFor({ state: 'detached' })
  })

  await step('the audit log tells all of it, and holds: by the server, in the data, on the page', async () => {
    const { items } = await server.get('/audit?limit=200')
    const did = (who, what) => items.some((line) => line.whoName === who && line.what.startsWith(what))
    for (const [who, what] of [
      ['Pia', 'change.submit'],
      ['Eno', 'change.comment'],
      ['Eno', 'change.approve'],
      ['Pia', 'revision.'],
      ['Eno', 'change.breakGlass'],
      ['Eno', 'revision.'],
    ])
      assert.ok(did(who, what), `${who}: ${what}, of ${items.map((line) => `${line.whoName} ${line.what}`).join(', ')}`)

    const asked = await server.cli(['audit', 'verify'])
    assert.equal(asked.code, 0, asked.stdout + asked.stderr)
    const read = await server.cli(['audit', 'verify', '--data', server.data])
    assert.equal(read.code, 0, read.stdout + read.stderr)

    const { context, page } = await visit(browser, { server })
    server.closing.push(() => context.close())
    await page.goto(`${server.url}/p/${server.project}/${server.environment}/settings?tab=audit`)
    const whole = page.getByRole('region', { name: 'Is it whole?' })
    await whole.getByRole('button', { name: 'Verify now' }).click()
    await whole.getByText('Whole.').waitFor()
    await page.getByRole('group', { name: /^Audit log/ }).getByText(new RegExp(`r${applied}\\b`)).first().waitFor()
    await accessible(page)
    assert.deepEqual(page.faults, [])
  })

  for (const { page } of [pia, eno]) assert.deepEqual(page.faults, [])
})
