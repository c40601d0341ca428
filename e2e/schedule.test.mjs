// A change that applies at a time: from the command line through a kill, and from the page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { folder, start, until } from './lib/switchyard.mjs'
import { manifests } from './lib/world.mjs'

const endpoints = Object.fromEntries(['old', 'new', 'popular', 'personal', 'fresh'].map((arm, i) => [arm, `127.0.0.1:${i + 1}`]))
const off = { target: { kind: 'targeting', environment: 'production', key: 'gate' }, op: { type: 'setOn', on: false } }
const clock = (ahead) => new Date(Date.now() + ahead * 1000).toISOString().slice(0, 19)
const isOn = async (server) => {
  const all = await (await fetch(`${server.url}/sdk/latest-all`, { headers: { authorization: server.sdkKey } })).json()
  return all.flags.gate.on
}

test('what was due while nothing ran is done at the next start, once, and taken back at its time', async (t) => {
  const data = folder(t)
  let server = await start(t, { data })
  await server.post(server.inProject('/apply'), { manifests: manifests(endpoints) })
  const { number } = await server.post(server.inProject('/changes'), { title: 'Gate closed', reason: 'a test', edits: [off] })
  const wrong = await server.cli(['change', 'schedule', String(number), '--zone', 'Mars/Olympus', '--at', 'tomorrow'])
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /zone.*is no time zone/)
  const made = await server.cli(['change', 'schedule', String(number), '--zone', 'UTC', '--at', clock(2), '--revert-at', clock(9)])
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /applies .* \(UTC\), and is taken back .* \(UTC\)/)
  assert.equal((await server.get(server.inProject(`/changes/${number}`))).state, 'scheduled')
  await server.end('SIGKILL')

  server = await start(t, { data })
  await until('it is applied', async () => !(await isOn(server)))
  await until('it is taken back', () => isOn(server))
  const { items } = await server.get(server.inProject('/revisions'))
  assert.deepEqual(items.map((each) => each.origin.type), ['revert', 'change', 'files'])
  const [schedule] = await server.get(server.inProject('/schedules'))
  assert.deepEqual([schedule.state, schedule.revision, schedule.reverted], ['done', 2, 3])
  const verified = await server.cli(['audit', 'verify'])
  assert.equal(verified.code, 0, verified.stderr)
})

test('from the page: a time is chosen, told in words, shown, cancelled', async (t) => {
  const server = await start(t)
  await server.post(server.inProject('/apply'), { manifests: manifests(endpoints) })
  const weekly = { from: 'mon 00:00', until: 'sun 23:59' }
  await server.call('PATCH', server.here(''), { freezes: [{ reason: 'nothing this week', zone: 'UTC', weekly }] })
  const { number } = await server.post(server.inProject('/changes'), { title: 'Gate closed', reason: 'a test', edits: [off] })
  const browser = await launch()
  t.after(() => browser.close())
  const { page } = await visit(browser, { server })
  await page.goto(`${server.url}/p/${server.project}/${server.environment}/changes/${number}`)
  await page.getByRole('button', { name: 'Schedule…' }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel('As clocks show it in').selectOption('UTC')
  await sheet.getByLabel('Applies').fill('2001-01-01T09:00')
  await sheet.getByText('is over already').waitFor()
  const at = new Date(Date.now() + 3 * 86_400_000)
  await sheet.getByLabel('Applies').fill(`${at.toISOString().slice(0, 10)}T09:00`)
  await sheet.getByText(/applies .*09:00 \(UTC\)/).waitFor()
  await sheet.getByRole('button', { name: 'Schedule', exact: true }).click()
  await page.getByText(/^Applies .*09:00 \(UTC\)/).waitFor()
  assert.equal((await server.get(server.inProject(`/changes/${number}`))).state, 'scheduled')
  await page.goto(`${server.url}/p/${server.project}/${server.environment}/flags/gate`)
  await page.getByRole('list', { name: 'Scheduled' }).getByText(/applies .*09:00 \(UTC\)/).waitFor()
  await page.getByRole('link', { name: `C-${number} Gate closed` }).click()
  await page.getByRole('button', { name: 'Cancel the schedule' }).click()
  await page.getByRole('button', { name: 'Schedule…' }).waitFor()
  // A time that is over is asked about, and refused: that is how the sheet knows.
  assert.ok(page.faults.every((fault) => fault.includes('422')), page.faults.join('\n'))
})
