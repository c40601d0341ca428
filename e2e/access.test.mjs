// Who may do what: a policy from the command line, its mistakes with their places, what it refuses on each way, and the
// page that says why.
import AxeBuilder from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { start } from './lib/switchyard.mjs'

const shop = resolve(import.meta.dirname, '../examples/shop')
const shown = readFileSync(resolve(import.meta.dirname, '../docs/access.md'), 'utf8')
const percentages = shown.match(/```cedar\n(\/\/ product-percentages[^]*?)```/)[1]

test('percentages in production, and nothing else there', async (t) => {
  const server = await start(t)
  assert.equal((await server.cli(['apply', '-f', shop])).code, 0)
  const { token } = { token: (await server.post('/tokens', { name: 'Pam', role: 'product' })).secret }
  const pam = (args, options) => server.cli([...args, '--token', token], options)
  const file = join(server.data, 'product-percentages.cedar')

  writeFileSync(file, percentages.replace('Aspect::"percentage"', 'Aspect::"percentge"'))
  const wrong = await server.cli(['access', 'check', file])
  assert.equal(wrong.code, 1, wrong.stdout)
  assert.match(wrong.stdout, /product-percentages\.cedar:9:\d+: .*percentge/)
  const refused = await server.cli(['access', 'put', file])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /text.*line 9, column \d+/)
  writeFileSync(file, percentages)
  const kept = await server.cli(['access', 'put', file, '--name', 'Product: percentages only'])
  assert.equal(kept.code, 0, kept.stderr)
  assert.match(kept.stdout, /^product-percentages is asked from now on\nforbid: Product changes percentages/)
  assert.match((await pam(['access', 'policies'])).stdout, /product-percentages +forbid +Product changes/)

  assert.equal((await pam(['flag', 'off', 'promo-banner', '--reason', 'enough'])).code, 0)
  const seen = await server.cli(['export', '--environment', 'production', '--output', 'json'])
  const targeting = JSON.parse(seen.stdout).find((each) => each.kind === 'targeting' && each.key === 'ranker')
  const rule = { id: 'smuggled', clauses: [], variation: 0 }
  const files = JSON.stringify([{ ...targeting, rules: [...(targeting.rules ?? []), rule] }])
  const smuggled = await pam(['apply', '-f', '-'], { input: files })
  assert.equal(smuggled.code, 1)
  assert.match(smuggled.stderr, /policy “Product: percentages only” forbids production\/targeting\/ranker \(rules\)/)

  const why = await server.cli(['access', 'why', 'Pam', 'apply', 'production/targeting/ranker', '--aspect', 'rules'])
  assert.equal(why.code, 0, why.stderr)
  assert.match(why.stdout, /^Pam may not apply edits to production\/targeting\/ranker \(rules\): the policy/)
  assert.match(why.stdout, /may change: on, percentage\n/)
  const nobody = await server.cli(['access', 'why', 'Nobody', 'view'])
  assert.deepEqual([nobody.code, nobody.stderr.includes('there is no member or token "Nobody"')], [1, true])

  const browser = await launch()
  t.after(() => browser.close())
  for (const theme of ['light', 'dark']) {
    const { page, context } = await visit(browser, { server, theme })
    await page.goto(`${server.url}/p/${server.project}/${server.environment}/settings?tab=policies`)
    await page.getByLabel('Key', { exact: true }).fill('ranker')
    await page.getByRole('button', { name: 'Ask' }).click()
    await page.getByText(/may apply edits to production\/targeting\/ranker: Admins may do everything/).waitFor()
    await page.getByRole('button', { name: 'Product: percentages only' }).click()
    const sheet = page.getByRole('dialog')
    const said = sheet.getByRole('status')
    await said.getByText('Product changes percentages in production, and turns flags on and off. Nothing else there.').waitFor()
    const found = await new AxeBuilder({ page }).analyze()
    assert.deepEqual(found.violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]), [], theme)
    await sheet.getByLabel('Policy').fill('permit (principal, action, resource);\nforbid (principal in Grup::"x", action, resource);')
    await sheet.getByText('2:22').click()
    const marked = await page.evaluate(() => {
      const area = document.activeElement
      return area.value.slice(area.selectionStart, area.selectionEnd)
    })
    assert.match(marked, /^Grup/)
    assert.deepEqual(page.faults, [])
    await context.close()
  }

  const { page } = await visit(browser, { server })
  await page.goto(`${server.url}/p/${server.project}/${server.environment}/settings?tab=policies&policy=new`)
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('Name').fill('Nobody alone')
  const lock = 'forbid (principal, action == Action::"administer", resource);'
  await sheet.getByLabel('Policy').fill(lock)
  await sheet.getByText('would leave nobody who can administer the project').first().waitFor()
  await sheet
    .getByLabel('Policy')
    .fill('@says("Developers propose, and others apply.")\nforbid (principal in Role::"developer", action == Action::"apply", resource);')
  await sheet.getByRole('status').getByText('Developers propose, and others apply.', { exact: true }).waitFor()
  await sheet.getByRole('button', { name: 'Save policy' }).click()
  await page.getByRole('button', { name: 'Nobody alone' }).waitFor()
  const { items } = await server.get(server.inProject('/policies'))
  assert.deepEqual(items.map(({ key, version }) => [key, version]), [['nobody-alone', 1], ['product-percentages', 1]])
  assert.equal((await server.cli(['access', 'delete', 'nobody-alone'])).code, 0)
  const verified = await server.cli(['audit', 'verify'])
  assert.equal(verified.code, 0, verified.stderr)
})
