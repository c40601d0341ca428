// An environment that follows another Switchyard as it would LaunchDarkly: traffic, the command line and the page.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { start, until } from './lib/switchyard.mjs'

/** An address that stays while what is behind it ends and begins again. */
async function stable(t) {
  const open = new Set()
  let to
  const server = net.createServer((from) => {
    const port = to && Number(new URL(to).port)
    if (!port) return from.destroy()
    const on = net.connect(port, '127.0.0.1')
    for (const [a, b] of [
      [from, on],
      [on, from],
    ]) {
      open.add(a)
      a.pipe(b)
      a.on('error', () => {})
      a.on('close', () => (open.delete(a), b.destroy()))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const each of open) each.destroy()
    server.close()
  })
  return { uri: `http://127.0.0.1:${server.address().port}`, lead: (url) => (to = url) }
}

const flag = (key, on) => [
  {
    kind: 'flag',
    key,
    type: 'release',
    variations: [
      { id: 'new', value: true },
      { id: 'old', value: false },
    ],
  },
  { kind: 'targeting', environment: 'production', key, on, salt: key, offVariation: 1, fallthrough: { variation: 0 } },
]

const fixed = (body) => ({ type: 'fixed', status: 200, body })
const traffic = [
  {
    kind: 'listener',
    environment: 'production',
    key: 'public',
    mapping: { contexts: [{ kind: 'user', key: { header: 'x-user' } }] },
  },
  {
    kind: 'route',
    environment: 'production',
    key: 'all',
    listener: 'public',
    match: {},
    split: {
      by: 'flag',
      flag: 'checkout',
      arms: [
        { variation: 'true', action: fixed('new') },
        { variation: 'false', action: fixed('old') },
      ],
    },
  },
]

const put = (server, manifests) => server.post(server.inProject('/apply'), { manifests, message: 'put' })
const asked = async (server) => (await fetch(server.gatewayUrl, { headers: { 'x-user': 'ann' } })).text()
const follow = (server, from, uri) =>
  server.cli(['upstream', 'follow', '-e', 'production', '--base-uri', uri], { env: { SWITCHYARD_UPSTREAM_KEY: from.sdkKey } })
const status = (server) => server.cli(['upstream', 'status', '-e', 'production'])

test('a route follows what is decided elsewhere, over the death of either', async (t) => {
  let theirs = await start(t)
  await put(theirs, flag('checkout', false))
  const door = await stable(t)
  door.lead(theirs.url)
  let ours = await start(t)
  assert.match((await status(ours)).stdout, /It follows nothing/)
  const begun = await follow(ours, theirs, door.uri)
  assert.equal(begun.code, 0, begun.stderr)
  assert.ok(!(begun.stdout + begun.stderr).includes(theirs.sdkKey))
  await until('it is followed', async () => (await status(ours)).code === 0)
  await put(ours, traffic)
  await until('the gateway answers', async () => (await asked(ours)) === 'old')

  const turn = async (on) => {
    await theirs.post(theirs.inProject('/apply'), { manifests: flag('checkout', on), message: 'turn' })
    return performance.now()
  }
  const times = []
  for (const on of [true, false, true, false, true]) {
    const at = await turn(on)
    await until('the gateway acts on it', async () => (await asked(ours)) === (on ? 'new' : 'old'))
    times.push(performance.now() - at)
  }
  t.diagnostic(`flip there → other answer of the gateway here: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`)

  const refused = await ours.cli(['flag', 'off', 'checkout', '-e', 'production'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /managed by LaunchDarkly: change it there/)
  const history = await ours.get(ours.inProject('/revisions'))
  assert.equal(history.items[0].authorName, 'LaunchDarkly')
  assert.equal(history.items[0].title, 'checkout: turned on')
  const reverted = await ours.call('POST', ours.inProject(`/revisions/${history.items[0].number}/revert`), {})
  assert.match(JSON.stringify(reverted.body), /managed by LaunchDarkly/)

  await theirs.end('SIGKILL')
  await until('it is told', async () => /can't be heard/.test((await status(ours)).stdout))
  assert.equal((await status(ours)).code, 1)
  assert.equal(await asked(ours), 'new')
  await ours.end('SIGKILL')
  ours = await start(t, { data: ours.data })
  await until('the last state is there', async () => (await asked(ours)) === 'new')
  assert.match((await status(ours)).stdout, /can't be heard|is being called/)
  theirs = await start(t, { data: theirs.data })
  await turn(false)
  door.lead(theirs.url)
  await until('it goes on', async () => (await asked(ours)) === 'old')
  // Killed in the middle of what is said.
  for (const wait of [0, 30, 90]) {
    await turn(true)
    await new Promise((done) => setTimeout(done, wait))
    await ours.end('SIGKILL')
    ours = await start(t, { data: ours.data })
    await until('it is so', async () => (await asked(ours)) === 'new')
    await turn(false)
    await until('and back', async () => (await asked(ours)) === 'old')
  }

  const left = await ours.cli(['upstream', 'leave', '-e', 'production'])
  assert.match(left.stdout, /follows nothing any more; what came from there stays/)
  const own = await ours.cli(['flag', 'on', 'checkout', '-e', 'production', '--reason', 'ours'])
  assert.equal(own.code, 0, own.stderr)
  await until('it is ours', async () => (await asked(ours)) === 'new')
})

test('on the page: follow, see what is left out, hand it over, stop', async (t) => {
  const theirs = await start(t)
  await put(theirs, [...flag('checkout', true), ...flag('banner', true)])
  const ours = await start(t)
  await put(ours, flag('banner', false))
  const browser = await launch()
  ours.closing.push(() => browser.close())
  const { page } = await visit(browser, { server: ours })
  await page.goto(`${ours.url}/p/${ours.project}/production/settings?tab=upstream`)
  await page.getByRole('button', { name: 'Follow LaunchDarkly…' }).first().click()
  await page.getByLabel('Stream').fill(theirs.url)
  await page.getByLabel('SDK key').fill(theirs.sdkKey)
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  await page.getByText('It follows 1 flag. One thing it says is not so here.').waitFor()
  const left = page.getByRole('region', { name: 'Not so in Production' })
  await left.getByText('managed by people here').waitFor()
  assert.ok(!(await page.content()).includes(theirs.sdkKey))

  // The flag that is followed says where it is edited, and can't be turned off here.
  await page.goto(`${ours.url}/p/${ours.project}/production/flags/checkout`)
  await page.getByText('managed by LaunchDarkly').first().waitFor()

  await page.goto(`${ours.url}/p/${ours.project}/production/settings?tab=upstream`)
  await left.getByRole('button', { name: 'Hand to LaunchDarkly' }).click()
  await left.getByText('handed over in your change').waitFor()
  const draft = await until('the draft is kept', async () => {
    const { items } = await ours.get(ours.inProject('/changes?state=draft'))
    return items.find((each) => each.edits.length === 2)
  })
  await ours.post(ours.inProject(`/changes/${draft.number}/apply`), {})
  await page.getByText('It follows 2 flags.').waitFor()

  await page.getByRole('button', { name: 'Stop following…' }).click()
  await page.getByRole('button', { name: 'Stop following', exact: true }).click()
  await page.getByText('what came from there stays, and is edited here').waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText('It follows nothing: what is said here is all there is.').first().waitFor()
  assert.deepEqual(page.faults, [])
})
