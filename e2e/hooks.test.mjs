// Webhooks and triggers with the tools that people use: Standard Webhooks' own libraries, the snippets of the docs,
// curl's kind of call, and a phone for the links.
import AxeBuilder from '@axe-core/playwright'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { launch, show, visit } from './lib/browser.mjs'
import { folder, start, until } from './lib/switchyard.mjs'

const run = promisify(execFile)
const python = resolve(import.meta.dirname, '.venv/bin/python')
const shop = resolve(import.meta.dirname, '../examples/shop')

/** The code in a page of the docs that says it is checked. */
function snippet(doc, language) {
  const text = readFileSync(resolve(import.meta.dirname, `../docs/${doc}.md`), 'utf8')
  const found = text.match(new RegExp(`<!-- checked: ${language} -->\n\`\`\`\\w+\n([^]*?)\`\`\``))
  assert.ok(found, `docs/${doc}.md has no checked ${language}`)
  return found[1]
}

/** What a snippet for Node exports. It is written where the packages of these tests are found. */
async function module(t, doc) {
  const cache = resolve(import.meta.dirname, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const path = mkdtempSync(join(cache, 'hooks-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  writeFileSync(join(path, 'snippet.mjs'), snippet(doc, 'node'))
  return import(join(path, 'snippet.mjs'))
}

/** A call of a snippet for Python: JSON in, JSON out. */
async function called(doc, name, ...values) {
  const code = `${snippet(doc, 'python')}\nimport json, sys\nprint(json.dumps(${name}(*json.loads(sys.argv[1]))))`
  const { stdout } = await run(python, ['-c', code, JSON.stringify(values)])
  return JSON.parse(stdout)
}

/** Something that is called: answers these in turn and 204 afterwards, and keeps what came. */
async function receiver(t, replies = []) {
  const came = []
  const server = http.createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    came.push({ headers: request.headers, body })
    response.writeHead(replies.shift() ?? 204).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { came, url: `http://127.0.0.1:${server.address().port}/in` }
}

test('a webhook, checked by Standard Webhooks’ own libraries', async (t) => {
  const data = folder(t)
  let server = await start(t, { data })
  assert.equal((await server.cli(['apply', '-f', shop])).code, 0)
  const { came, url } = await receiver(t, [500])
  const made = await server.cli(['webhook', 'add', url, '--name', 'CI', '--event', 'revision.applied', '--event', 'key.made'])
  assert.equal(made.code, 0, made.stderr)
  const [id, secret] = made.stdout.split('\n')
  assert.match(secret, /^whsec_/)

  const off = await server.cli(['flag', 'off', 'promo-banner', '--reason', 'enough', '--output', 'json'])
  const { number } = JSON.parse(off.stdout)
  await until('it is sent again after 500', () => came.length === 2, { seconds: 30 })
  const [first, second] = came
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id'])
  assert.equal(first.body, second.body)

  const { check } = await module(t, 'webhooks')
  for (const { headers, body } of came) {
    const message = check(secret, headers, body)
    assert.deepEqual([message.type, message.data.revision, message.data.reason], ['revision.applied', number, 'enough'])
    assert.deepEqual(await called('webhooks', 'check', secret, headers, body), message)
    assert.throws(() => check(secret, headers, body.replace('enough', 'nothing')))
    await assert.rejects(called('webhooks', 'check', 'whsec_AAAA', headers, body))
  }
  const log = await server.cli(['webhook', 'log', id])
  assert.match(log.stdout, /revision\.applied +delivered, 204 in \d+ ms, 2 tries/)

  // Killed with something to tell, it tells it when it is there again.
  const receiving = came.length
  await Promise.all([server.cli(['flag', 'on', 'promo-banner']), until('it is applied', async () => (await head(server)) > number)])
  await server.end('SIGKILL')
  server = await start(t, { data })
  await until('the last one is told', () => came.slice(receiving).some(({ body }) => JSON.parse(body).data.revision === number + 1))
  assert.ok(came.slice(receiving).every(({ headers, body }) => check(secret, headers, body)))

  const rotated = await server.cli(['webhook', 'rotate', id])
  const next = rotated.stdout.trim()
  assert.equal((await server.cli(['webhook', 'test', id])).code, 0)
  const tested = await until('the test arrives', () => came.find(({ body }) => JSON.parse(body).type === 'webhook.test'))
  for (const each of [secret, next]) assert.equal(check(each, tested.headers, tested.body).type, 'webhook.test')
  assert.match((await server.cli(['webhook', 'list'])).stdout, /CI .* on .*delivered/)
  const set = await server.cli(['webhook', 'set', id, '--name', 'CD', '--in', 'production', '--output', 'json'])
  assert.deepEqual([JSON.parse(set.stdout).name, JSON.parse(set.stdout).filter], ['CD', { events: [], environments: ['production'], kinds: [] }])
  const wrong = await server.cli(['webhook', 'set', id, '--to', 'ftp://ci.example', '--in', 'mars'])
  assert.deepEqual([wrong.code, /url: .*\n.*filter.environments\[0\]/.test(wrong.stderr)], [1, true], wrong.stderr)
  assert.equal((await server.cli(['webhook', 'remove', id])).code, 0)
  const lost = await server.cli(['webhook', 'log', id])
  assert.deepEqual([lost.code, /no webhook/i.test(lost.stderr)], [1, true], lost.stderr)
})

const head = async (server) => (await server.get('/session')).projects[0].head

test('a trigger, set off by an alert and by signed calls', async (t) => {
  const server = await start(t)
  assert.equal((await server.cli(['apply', '-f', shop])).code, 0)
  const post = async (url, body = '', headers = {}) => {
    const answer = await fetch(url, { method: 'POST', body, headers })
    return { status: answer.status, ...(await answer.json()) }
  }
  const args = ['trigger', 'add', '--name', 'errors', '--off', 'checkout-v2', '--alertmanager', '--revert-on-resolved']
  const made = await server.cli(args)
  assert.equal(made.code, 0, made.stderr)
  const [id, url] = made.stdout.split('\n')
  const alert = (status) =>
    JSON.stringify({ version: '4', status, receiver: 'checkout-off', groupKey: '{}', commonLabels: { alertname: 'Errors' }, alerts: [] })
  const isOn = async () => (await server.get(server.here('/flags/checkout-v2'))).targeting.on
  assert.equal((await post(`${url}?dryRun=true`, alert('firing'))).outcome, 'checked')
  assert.equal(await isOn(), true)
  assert.deepEqual((await post(url, alert('firing'))).outcome, 'applied')
  assert.equal(await isOn(), false)
  assert.equal((await post(url, alert('firing'))).outcome, 'unchanged')
  assert.equal((await post(url, alert('resolved'))).outcome, 'reverted')
  assert.equal(await isOn(), true)
  assert.equal((await post(`${url}x`)).status, 401)
  assert.match((await server.cli(['trigger', 'log', id])).stdout, /applied +r2: .*alertname=Errors/)
  assert.equal((await server.cli(['trigger', 'off', id])).code, 0)
  assert.equal((await post(url, alert('firing'))).status, 401)

  const signed = await server.cli(['trigger', 'add', '--name', 'signed', '--off', 'ranker', '--require-signature'])
  const [, address, secret] = signed.stdout.split('\n')
  const { headers } = await module(t, 'triggers')
  assert.equal((await post(address, 'x')).status, 401)
  assert.equal((await post(address, 'y', headers(secret, 'x'))).status, 401)
  assert.equal((await post(address, 'x', headers(secret, 'x'))).outcome, 'applied')
  const call = await called('triggers', 'headers', secret, 'from Python')
  assert.equal((await post(address, 'from Python', call)).outcome, 'unchanged')
  assert.equal((await post(address, 'from Python', call)).repeated, true)
})

test('made on the page, and answered on a phone', async (t) => {
  const server = await start(t)
  assert.equal((await server.cli(['apply', '-f', shop])).code, 0)
  const browser = await launch()
  t.after(() => browser.close())
  const { came, url } = await receiver(t)
  // A member, not a token: the printed link signs in.
  const { stdout } = await server.cli(['sign-in-link'])
  const { context, page } = await visit(browser)
  server.closing.push(() => context.close())
  await page.goto(stdout.trim())
  await page.getByRole('navigation', { name: 'Main', exact: true }).waitFor()
  await show(page, server, 'webhooks')
  await page.getByRole('button', { name: 'New webhook' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('What it is sent').selectOption('me')
  await sheet.getByLabel('Name').fill('Me')
  await sheet.getByLabel('Address').fill(url)
  await sheet.getByRole('button', { name: 'Make webhook' }).click()
  await page.getByRole('dialog', { name: 'Me' }).getByText('Nothing was sent yet').waitFor()
  await page.keyboard.press('Escape')

  const edits = [{ target: { environment: 'production', kind: 'targeting', key: 'checkout-v2' }, op: { type: 'setOn', on: false } }]
  await server.post(server.inProject('/changes'), { title: 'Old checkout for all', edits })
  await server.post(server.inProject('/changes/1/submit'), { reason: 'errors on checkout' })
  const message = await until('a message comes', () => came.map(({ body }) => JSON.parse(body)).find(({ text }) => /asks for a review/.test(text)))
  const links = message.blocks.flatMap(({ elements = [] }) => elements).filter((each) => each.url)
  assert.deepEqual(links.map((each) => each.text.text), ['Approve…', 'Reject…', 'Open'])

  // The row says that it arrived, and opens on what was sent.
  await page.getByRole('button', { name: 'Me', exact: true }).click()
  const log = page.getByRole('log')
  await log.getByText('arrived').waitFor()
  await log.getByText(/asks for a review of C-1/).first().click()
  await log.getByRole('button', { name: 'Send again' }).waitFor()
  const axe = async (on) => (await new AxeBuilder({ page: on }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('Escape')

  // A phone that never signed in.
  const phone = await visit(browser, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })
  server.closing.push(() => phone.context.close())
  await phone.page.goto(links[0].url)
  await phone.page.getByRole('heading', { name: 'Old checkout for all' }).waitFor()
  await phone.page.getByText('errors on checkout').waitFor()
  assert.deepEqual(await axe(phone.page), [])
  assert.deepEqual((await server.get(server.inProject('/changes/1'))).review.reviews, [], 'looking does nothing')
  const wide = await phone.page.locator('body').evaluate((body) => body.scrollWidth > innerWidth)
  assert.equal(wide, false, 'it fits')
  await phone.page.getByLabel('A note').fill('seen it too')
  await phone.page.getByRole('button', { name: 'Approve' }).tap()
  await phone.page.getByRole('heading', { name: 'You approved C-1' }).waitFor()
  const { review } = await server.get(server.inProject('/changes/1'))
  assert.deepEqual([review.reviews[0].verdict, review.reviews[0].note], ['approve', 'seen it too'])
  await phone.page.goto(links[1].url)
  await phone.page.getByText('This link was used already').waitFor()

  // And a trigger.
  await show(page, server, 'triggers')
  await page.getByRole('button', { name: 'New trigger' }).click()
  await sheet.getByLabel('Name').fill('Kill it')
  await sheet.getByLabel('Flag').fill('promo-banner')
  await sheet.getByRole('button', { name: 'Make trigger' }).click()
  const shown = page.getByRole('dialog', { name: 'What sets Kill it off' })
  const address = await shown.getByLabel('POST to').inputValue()
  await shown.getByRole('button', { name: 'Done' }).click()
  const fired = await fetch(address, { method: 'POST', body: 'CPU is at 100 %' })
  assert.equal((await fired.json()).outcome, 'applied')
  await page.getByRole('log').getByText('CPU is at 100 %').waitFor()
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(page.faults, [])
})
