// A team that owns things and is asked for approval, and somebody who leaves.
import AxeBuilder from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { launch, visit } from './lib/browser.mjs'
import { inOrder, nav } from './lib/hands.mjs'
import { binary, start } from './lib/switchyard.mjs'

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

test('a team is asked, and what somebody leaves is handed over', async (t) => {
  const server = await start(t, { demo: true })
  const said = async (...args) => {
    const env = { ...process.env, SWITCHYARD_URL: server.url, SWITCHYARD_TOKEN: server.token }
    return (await promisify(execFile)(binary, args, { env })).stdout
  }
  const step = inOrder(t)
  let tom
  let pia
  let admin

  await step('an admin makes a team', async () => {
    tom = await member(server, 'Tom', 'developer')
    pia = await member(server, 'Pia', 'developer')
    admin = await member(server, 'Ada', 'admin')
    const { page } = admin
    await nav(page, 'Settings').click()
    await page.getByRole('button', { name: 'New team…' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByLabel('Name').fill('Tills')
    assert.equal(await sheet.getByLabel('Key').inputValue(), 'tills')
    await sheet.getByRole('checkbox', { name: /Tom/ }).check()
    await accessible(page)
    await sheet.getByRole('button', { name: 'Make team' }).click()
    await page.getByRole('group', { name: 'Teams' }).getByText('Tom').waitFor()
    assert.match(await said('team', 'list'), /tills +Tills +Tom/)
  })

  await step('production asks for an approval, from that team', async () => {
    const { page } = admin
    await page.getByRole('link', { name: 'Environments' }).click()
    await page.getByRole('button', { name: 'One approval more in Production' }).click()
    await page.getByLabel('Ask a team in Production').selectOption({ label: 'Tills' })
    await page.getByText('of which 1 from Tills').waitFor()
    await accessible(page)
    const [production] = (await server.get('/session')).projects[0].environments
    assert.deepEqual(production.approvalsFrom, [{ team: 'tills', approvals: 1 }])
  })

  await step('what is proposed says who must agree; one of them does', async () => {
    const edits = [{ target: { kind: 'targeting', environment: 'production', key: 'checkout-v2' }, op: { type: 'setOn', on: false } }]
    const { number } = await server.post(server.inProject('/changes'), { title: 'Off for now', reason: 'a try', edits })
    await server.post(server.inProject(`/changes/${number}/submit`), {})
    const refused = await server.call('POST', server.inProject(`/changes/${number}/apply`), undefined).catch((error) => error)
    assert.match(JSON.stringify(refused.body ?? refused.message), /Production needs 1 approval from Tills; Tom can give it/)
    const { page } = tom
    await nav(page, 'Home').click()
    await page.getByRole('link', { name: /^Review Off for now/ }).click()
    await page.getByText('from Tills').first().waitFor()
    await page.keyboard.press('a')
    await page.getByText('Approved', { exact: true }).first().waitFor()
    await accessible(page)
  })

  await step('what Tom makes is his team’s; what Pia makes is hers', async () => {
    const alone = { requiredApprovals: 0, approvalsFrom: [] }
    await server.call('PATCH', server.inProject('/environments/production'), alone)
    const flag = (key) => ({ kind: 'flag', key, name: key, variations: [{ id: 'on', value: true }, { id: 'off', value: false }] })
    for (const [who, keys] of [[tom, ['refunds']], [pia, ['vouchers', 'gift-cards']]]) {
      const { request } = who.page.context()
      const answer = await request.post(`${server.url}/api/v1${server.inProject('/apply')}`, {
        data: { manifests: keys.map(flag) },
        headers: { 'sec-fetch-site': 'same-origin' },
      })
      assert.equal(answer.status(), 200, await answer.text())
    }
    const { page } = admin
    await page.goto(`${server.url}/p/${server.project}/production/flags/refunds`)
    await page.getByText('owner Tills').waitFor()
    await page.getByRole('complementary').getByRole('button', { name: 'Edit', exact: true }).click()
    await accessible(page)
    await page.getByLabel('Owner').selectOption({ label: 'Tom' })
    await page.getByRole('button', { name: 'Add to change' }).click()
    await page.getByText('is now owned by Tom').first().waitFor()
  })

  await step('Pia leaves, and what was hers is handed over at once', async () => {
    const { page } = admin
    await nav(page, 'Settings').click()
    await page.getByRole('row', { name: /^Pia/ }).getByRole('button', { name: 'Close' }).click()
    await page.getByRole('row', { name: /^Pia/ }).getByText('closed').waitFor()
    await nav(page, 'Home').click()
    await page.getByText(/\d+ resources have nobody who can answer for them/).waitFor()
    await accessible(page)
    await page.getByRole('link', { name: 'Hand over' }).click()
    await page.getByText('Pia is not let in any more').waitFor()
    await page.getByRole('button', { name: 'Hand over what Pia owns' }).click()
    const sheet = page.getByRole('dialog')
    await sheet.getByLabel('New owner').selectOption({ label: 'Tills' })
    await sheet.getByLabel('Why').fill('Pia left')
    await accessible(page)
    await sheet.getByRole('button', { name: 'Draft the change' }).click()
    await page.getByRole('heading', { level: 1, name: 'Hand over what Pia owned to Tills' }).waitFor()
    await page.getByRole('button', { name: /^Apply 2 edits/ }).click()
    await page.getByRole('status', { name: /^Receipt of r/ }).waitFor()
    const flags = await server.get(server.inProject('/resources?kind=flag&limit=500'))
    const owners = flags.items.filter(({ key }) => /vouchers|gift-cards/.test(key)).map(({ owner }) => owner)
    assert.deepEqual(owners, ['tills', 'tills'])
    assert.doesNotMatch(await said('owner', 'list'), /Pia/)
    for (const { page } of [tom, admin]) assert.deepEqual(page.faults, [])
  })
})
