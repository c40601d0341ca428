// A segment of a million keys: by the command line, in traffic, over OFREP, over a kill, taken back; and on the page.
import { init } from '@launchdarkly/node-server-sdk'
import { RedisBigSegmentStore } from '@launchdarkly/node-server-sdk-redis'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { folder, start, until } from './lib/switchyard.mjs'

const keys = Number(process.env.SWITCHYARD_BIG_KEYS ?? 1_000_000)
const key = (n) => `customer-${String(n).padStart(7, '0')}`

const fixed = (body) => ({ type: 'fixed', status: 200, body })
const production = (kind, key, rest) => ({ kind, environment: 'production', key, ...rest })
const flag = [
  {
    kind: 'flag',
    key: 'offer',
    type: 'release',
    variations: [
      { id: 'new', value: true },
      { id: 'old', value: false },
    ],
  },
]
const aimed = [
  production('targeting', 'offer', {
    on: true,
    offVariation: 1,
    rules: [{ id: 'big', variation: 0, clauses: [{ attribute: '', op: 'segmentMatch', values: ['customers'] }] }],
    fallthrough: { variation: 1 },
  }),
  production('listener', 'public', { mapping: { contexts: [{ kind: 'user', key: { header: 'x-user' } }] } }),
  production('route', 'all', {
    listener: 'public',
    match: {},
    split: {
      by: 'flag',
      flag: 'offer',
      arms: [
        { variation: 'new', action: fixed('new') },
        { variation: 'old', action: fixed('old') },
      ],
    },
  }),
]
const put = (server, manifests) => server.post(server.inProject('/apply'), { manifests, message: 'put' })
const door = async (server, user) => (await fetch(server.gatewayUrl, { headers: { 'x-user': user } })).text()
const ofrep = async (server, user) => {
  const answer = await fetch(`${server.url}/ofrep/v1/evaluate/flags/offer`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.sdkKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ context: { targetingKey: user } }),
  })
  return (await answer.json()).value
}

test('a million keys, by the command line', async (t) => {
  let server = await start(t)
  const dir = folder(t)
  const file = (name, lines) => {
    const at = join(dir, name)
    writeFileSync(at, `${lines.join('\n')}\n`)
    return at
  }
  const upload = (at, ...more) =>
    server.cli(['segment', 'upload', 'customers', at, '-e', 'production', '--reason', 'list', ...more])
  const begun = performance.now()
  const all = await upload(file('all.csv', Array.from({ length: keys }, (_, n) => key(n))))
  assert.equal(all.code, 0, all.stderr)
  t.diagnostic(`${keys} keys uploaded and applied: ${Math.round(performance.now() - begun)} ms`)
  await put(server, [...flag, ...aimed])
  await until('the gateway answers', async () => (await door(server, key(keys - 1))) === 'new')
  assert.equal(await ofrep(server, key(0)), true)
  assert.equal(await ofrep(server, key(keys)), false)
  assert.equal(await door(server, key(keys)), 'old')

  const more = await upload(file('more.csv', [key(keys), key(keys + 1)]), '--mode', 'remove')
  assert.equal(more.code, 0, more.stderr)
  assert.match(more.stdout, /nothing to change/)
  const gone = await upload(file('gone.csv', [key(0), key(1), key(2)]), '--mode', 'remove')
  assert.match(gone.stdout, /\+0 −3 keys/)
  const number = Number(/r(\d+)/.exec(gone.stdout)[1])
  await until('it is so', async () => (await door(server, key(1))) === 'old')

  const exported = await server.cli(['export', '-e', 'production'])
  assert.ok(exported.stdout.includes('hash:') && !exported.stdout.includes(key(5)))
  assert.ok(exported.stdout.length < 10_000, 'keys are in no file')

  await server.end('SIGKILL')
  const again = performance.now()
  server = await start(t, { data: server.data })
  t.diagnostic(`started again: ${Math.round(performance.now() - again)} ms`)
  await until('it is so after a kill', async () => (await door(server, key(5))) === 'new')
  assert.equal(await door(server, key(1)), 'old')
  const back = await server.cli(['revert', String(number), '--reason', 'back'])
  assert.equal(back.code, 0, back.stderr)
  await until('it is taken back', async () => (await door(server, key(1))) === 'new')

  const down = await server.cli(['segment', 'download', 'customers', '-e', 'production'])
  assert.equal(down.stdout.split('\n').length, keys + 1)

  // Servers' SDKs are told that the keys are elsewhere, and none of them.
  const answer = await fetch(`${server.url}/sdk/latest-all`, { headers: { authorization: server.sdkKey } })
  const { customers } = (await answer.json()).segments
  assert.deepEqual([customers.unbounded, customers.generation, customers.included], [true, 1, []])
  const wrong = await upload(file('wrong.csv', ['ok', '"open']))
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /line 2/)
})

test('on the page: a file becomes part of the change', async (t) => {
  const server = await start(t)
  await put(server, [production('segment', 'customers', { name: 'Customers' })])
  const browser = await launch()
  server.closing.push(() => browser.close())
  const { page } = await visit(browser, { server })
  await page.goto(`${server.url}/p/${server.project}/production/segments`)
  await page.getByRole('button', { name: 'Customers' }).click()
  await page.getByText('A big list, from a file').click()
  await page.getByLabel('A file, one key a line').setInputFiles({
    name: 'keys.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('ann\nbob\n'),
  })
  await page.getByRole('button', { name: 'Add to change' }).click()
  await page.getByText('Big list: 2 keys in, 0 out').waitFor()
  const draft = await until('the draft is kept', async () => {
    const { items } = await server.get(server.inProject('/changes?state=draft'))
    return items.find((each) => each.edits.length === 1)
  })
  const done = await server.post(server.inProject(`/changes/${draft.number}/apply`), {})
  assert.match(done.edits[0].sentence.map((part) => part.text).join(''), /has a big list, 2 in/)
  assert.deepEqual(page.faults, [])
})

test('a server’s SDK looks members up in Redis, as of LaunchDarkly’s big segments', async (t) => {
  const dir = folder(t)
  const socket = join(dir, 'redis.sock')
  const redis = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', dir], { stdio: 'ignore' })
  const ended = once(redis, 'exit')
  t.after(async () => {
    redis.kill('SIGKILL')
    await ended
  })
  let server = await start(t, { args: ['--big-segments-redis', `redis+unix://${socket}`] })
  const upload = async (lines, ...more) => {
    const at = join(dir, 'keys.csv')
    writeFileSync(at, `${lines.join('\n')}\n`)
    const done = await server.cli(['segment', 'upload', 'customers', at, '-e', 'production', '--reason', 'list', ...more])
    assert.equal(done.code, 0, done.stderr)
  }
  const many = Array.from({ length: 25_000 }, (_, n) => key(n))
  await upload(many)
  await upload(['bob'], '--side', 'excluded')
  const rules = [{ id: 'pro', clauses: [{ attribute: 'plan', op: 'in', values: ['pro'] }] }]
  const { items } = await server.get(server.here('/segments'))
  const { revision: _revision, ...segment } = items[0]
  await put(server, [...flag, aimed[0], { ...segment, environment: 'production', rules }])

  const sdk = (bigSegments) => {
    const at = { baseUri: server.url, streamUri: server.url, eventsUri: server.url, sendEvents: false, logger: quiet }
    const client = init(server.sdkKey, { ...at, ...(bigSegments ? { bigSegments } : {}) })
    server.closing.push(() => client.close())
    return client
  }
  const quiet = { error() {}, warn() {}, info() {}, debug() {} }
  const prefix = `switchyard:${server.project}:production`
  const store = () => RedisBigSegmentStore({ prefix, redisOpts: { path: socket } })
  const client = sdk({ store: store(), userCacheTime: 0.01, staleAfter: 120 })
  await client.waitForInitialization({ timeout: 10 })
  const asked = async (who, rest = {}) => {
    const { value, reason } = await client.variationDetail('offer', { kind: 'user', key: who, ...rest }, null)
    return [value, reason.bigSegmentsStatus]
  }
  // Two lists, written one after the other.
  await until('the included are in Redis', async () => (await asked(key(24_999)))[0] === true)
  await until('and the excluded', async () => (await asked('bob', { plan: 'pro' }))[0] === false)
  assert.deepEqual(await asked(key(0)), [true, 'HEALTHY'])
  assert.deepEqual(await asked('nobody'), [false, 'HEALTHY'])
  assert.deepEqual(await asked('nobody', { plan: 'pro' }), [true, 'HEALTHY'])
  assert.deepEqual(await asked('bob', { plan: 'pro' }), [false, 'HEALTHY'])
  // What it says is what is said here.
  for (const who of [key(0), 'nobody', 'bob']) assert.equal(await ofrep(server, who), (await asked(who))[0], who)

  // Killed while it writes, it goes on from what arrived.
  await upload([key(0), key(1)], '--mode', 'remove')
  await server.end('SIGKILL')
  server = await start(t, { data: server.data, args: ['--big-segments-redis', `redis+unix://${socket}`] })
  await until('who was taken out is out', async () => (await asked(key(0)))[0] === false)
  assert.equal((await asked(key(2)))[0], true)

  // Without a store nobody is in by key, and the SDK says so.
  const without = sdk()
  await without.waitForInitialization({ timeout: 10 })
  const told = await without.variationDetail('offer', { kind: 'user', key: key(5) }, null)
  assert.deepEqual([told.value, told.reason.bigSegmentsStatus], [false, 'NOT_CONFIGURED'])
})
