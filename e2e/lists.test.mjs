// Lists and what is done from them: found by words and owner, given to browsers, named in code, handed to Git.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { inOrder, nav, receipt } from './lib/hands.mjs'
import { folder, start, until } from './lib/switchyard.mjs'

let browser
before(async () => {
  browser = await launch()
})
after(() => browser?.close())

test('what is in lists can be found, and dealt with from there', async (t) => {
  const server = await start(t, { demo: true })
  const { context, page } = await visit(browser, { server })
  server.closing.push(() => context.close())
  const step = inOrder(t)
  const go = (place) => page.goto(`${server.url}/p/${server.project}/${server.environment}${place}`)
  const apply = async (says) => {
    await page.getByRole('region', { name: /^Your change in/ }).getByRole('button', { name: /^Review and apply|^Apply/ }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('the story')
    await page.getByRole('dialog').getByRole('button', { name: /^Apply/ }).click()
    return receipt(page, says)
  }

  await step('segments, services and routes, by words and by owner', async () => {
    await go('/home')
    await nav(page, 'Segments').click()
    const row = (name) => page.getByRole('button', { name, exact: true })
    await row('Beta testers').waitFor()
    await page.getByRole('searchbox').fill('staff')
    await row('Beta testers').waitFor({ state: 'detached' })
    await row('Staff').waitFor()
    await page.getByRole('searchbox').fill('nothing like this')
    await page.getByText('No segment fits').waitFor()
    await page.getByRole('button', { name: 'Show all segments' }).click()
    await row('Beta testers').waitFor()

    await nav(page, 'Services').click()
    await row('catalog').waitFor()
    await page.getByRole('button', { name: 'Owner', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Payments' }).click()
    await row('catalog').waitFor({ state: 'detached' })
    await row('cart').waitFor()
    assert.match(page.url(), /owner=payments/)
    await page.getByRole('button', { name: 'Owner: Payments. Take the filter off' }).click()
    await row('catalog').waitFor()

    await nav(page, 'Routes').click()
    await page.getByText('7 routes').waitFor()
    await page.getByRole('searchbox').fill('recommendations')
    await page.getByText('1 route', { exact: true }).waitFor()
    await page.getByRole('searchbox').fill('')
    await page.getByRole('button', { name: 'Owner', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Storefront' }).click()
    await page.getByText('1 route', { exact: true }).waitFor()
  })

  await step('a flag is given to browsers', async () => {
    const seen = async () => {
      const who = Buffer.from('{"kind":"user","key":"ann"}').toString('base64url')
      const answer = await fetch(`${server.url}/sdk/evalx/${server.clientSideId}/contexts/${who}`)
      return Object.keys(await answer.json())
    }
    assert.ok(!(await seen()).includes('checkout-v2'))
    await go('/flags/checkout-v2')
    const about = page.getByRole('region', { name: 'About it' })
    await about.getByText('servers only').waitFor()
    await about.getByRole('button', { name: 'Edit', exact: true }).click()
    await about.getByLabel('in browsers, by client-side ID').check()
    await about.getByLabel('What it is for').fill('One page, and quick.')
    await about.getByRole('button', { name: 'Add to change' }).click()
    await about.getByText('servers and browsers').waitFor()
    await apply()
    await until('browsers are given it', async () => (await seen()).includes('checkout-v2'))
    const { flag } = await server.get(server.here('/flags/checkout-v2'))
    assert.deepEqual(
      [flag.description, flag.clientSideAvailability],
      ['One page, and quick.', { usingEnvironmentId: true, usingMobileKey: false }],
    )
  })

  await step('code is looked through, and what no line names is listed', async () => {
    await go('/flags?list=code')
    await page.getByText('Nobody has looked through code yet').waitFor()
    const code = folder(t)
    mkdirSync(join(code, 'src'))
    writeFileSync(join(code, 'src/pay.js'), "if (client.variation('checkout-v2', who, false)) pay()\n")
    const found = await server.cli(['find-flags', code, '--upload', '--repository', 'acme/shop'])
    assert.equal(found.code, 0, found.stderr)
    await page.reload()
    const unnamed = page.getByRole('region', { name: /^No line names them/ })
    await unnamed.getByRole('link', { name: 'promo-banner' }).waitFor()
    assert.equal(await unnamed.getByRole('link', { name: 'checkout-v2' }).count(), 0)
    const repositories = page.getByRole('group', { name: 'Repositories that were looked through' })
    await repositories.getByText('acme/shop').waitFor()
    await page.getByRole('button', { name: 'Forget acme/shop' }).click()
    await page.getByText('Nobody has looked through code yet').waitFor()
  })

  await step('a segment is handed to Git, and says so', async () => {
    const at = join(folder(t), 'shop.git')
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', at])
    const connected = await server.cli(['git', 'connect', `file://${at}`, '--proposals', 'proposals/'])
    assert.equal(connected.code, 0, connected.stdout + connected.stderr)
    await go('/segments?key=staff')
    await page.getByRole('button', { name: 'Hand to Git' }).click()
    await page.getByRole('button', { name: 'Hand to Git' }).waitFor({ state: 'detached' })
    await apply('applied; data planes act as before')
    await page.getByText('managed by Git', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Take over' }).waitFor()
    await go('/routes/catalog')
    await page.getByRole('button', { name: 'Hand to Git' }).waitFor()
  })

  assert.deepEqual(page.faults, [])
})
