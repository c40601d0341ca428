// What flags really served, told by LaunchDarkly's own SDK: counted, kept over a restart, shown, and what nobody made.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { init } from '@launchdarkly/node-server-sdk'
import { folder, start, until } from './lib/switchyard.mjs'

const sum = (counts) => counts.reduce((all, each) => all + each, 0)

/** LaunchDarkly's SDK for Node, which tells of its evaluations as a shop's server would. */
async function shop(server) {
  const client = init(server.sdkKey, {
    baseUri: server.url,
    streamUri: server.url,
    eventsUri: server.url,
    application: { id: 'checkout-web', version: '3' },
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  })
  await client.waitForInitialization({ timeout: 10 })
  return client
}

const flag = (key, more = {}) => ({
  kind: 'flag', key, type: 'release', variations: [{ id: 'on', value: true }, { id: 'off', value: false }], ...more,
})
const targeting = (key, more = {}) => ({
  kind: 'targeting', environment: 'production', key, on: true, offVariation: 1, fallthrough: { variation: 0 },
  trackEvents: true, trackEventsFallthrough: true, ...more,
})

test('evaluations are counted, kept over a restart, and say what people did', async (t) => {
  const server = await start(t)
  const half = { rollout: { variations: [{ variation: 0, weight: 50_000 }, { variation: 1, weight: 50_000 }] } }
  await server.post(server.inProject('/apply'), {
    manifests: [flag('checkout-v2'), targeting('checkout-v2', { fallthrough: half })],
  })
  const client = await shop(server)
  const served = { true: new Set(), false: new Set() }
  for (let n = 0; n < 40; n += 1) {
    const context = { kind: 'user', key: `u-${n}`, email: `u-${n}@shop.example`, _meta: { privateAttributes: ['email'] } }
    served[await client.variation('checkout-v2', context, false)].add(n)
    await client.variation('nobody-made-it', context, 'old')
    client.track('bought', context, undefined, n)
  }
  await client.flush()
  client.close()
  const expected = { on: served.true.size, off: served.false.size }
  assert.ok(expected.on > 0 && expected.off > 0)

  const path = '/flags/checkout-v2'
  const detail = await until('the summary has come', async () => {
    const now = await server.get(server.here(path))
    return now.served.sample >= 40 && now
  })
  assert.equal(detail.served.sample, 40)
  assert.ok(detail.served.lastEvaluatedAt)

  // Ended as an administrator would: what was counted is on disk, whatever the minute.
  await server.end('SIGTERM')
  const again = await start(t, { data: server.data })
  const usage = await again.get(again.here(`${path}/usage?days=7`))
  const counted = Object.fromEntries(usage.variations.map((each) => [each.variation, sum(each.evaluations)]))
  assert.deepEqual(counted, expected)
  assert.deepEqual(usage.askers.map(({ by, count }) => [by, count]), [['checkout-web', 40]])
  const outcomes = Object.fromEntries(usage.outcomes.map((each) => [each.variation, [each.event, each.count, each.total]]))
  const totals = (numbers) => ['bought', numbers.size, sum([...numbers])]
  assert.deepEqual(outcomes, { on: totals(served.true), off: totals(served.false) })
  const { flags } = await again.get(again.here('/unknown-flags'))
  assert.deepEqual(flags.map(({ key, count }) => [key, count]), [['nobody-made-it', 40]])
  const shares = (await again.get(again.here(`${path}?seconds=3600`))).served
  assert.equal(shares.sample, 40, 'the page’s shares begin with what was kept')

  // Nothing private is anywhere on disk.
  const found = execFileSync('sh', ['-c', `grep -rl 'shop.example' ${server.data} || true`]).toString()
  assert.equal(found, '')
})

test('who was seen is found, and what they get is what the SDK answers', async (t) => {
  const server = await start(t)
  const rule = { id: 'pro', variation: 1, clauses: [{ contextKind: 'user', attribute: 'plan', op: 'in', values: ['pro'] }] }
  await server.post(server.inProject('/apply'), { manifests: [flag('checkout-v2'), targeting('checkout-v2', { rules: [rule] })] })
  const client = await shop(server)
  const ann = { kind: 'user', key: 'ann', plan: 'pro', shoe: 41 }
  const answer = await client.variation('checkout-v2', ann, true)
  await client.flush()
  client.close()
  const { contexts } = await until('she was seen', async () => {
    const seen = await server.get(server.here('/contexts?q=AN'))
    return seen.contexts.length > 0 && seen
  })
  assert.deepEqual(contexts[0].plan, 'pro')
  assert.equal(contexts[0].shoe, undefined, 'no rule looks at it')
  const told = await server.post(server.here('/contexts/served'), { context: contexts[0] })
  assert.deepEqual(told.flags.map(({ key, variation, value }) => [key, variation, value]), [['checkout-v2', 'off', answer]])
  assert.match(told.flags[0].why.map(({ text }) => text).join(''), /plan is pro/)
})

test('code that names flags is found, uploaded and told', async (t) => {
  const server = await start(t)
  await server.post(server.inProject('/apply'), { manifests: [flag('checkout-v2'), flag('old-banner')] })
  const source = folder(t)
  mkdirSync(join(source, 'src'))
  writeFileSync(join(source, '.gitignore'), 'dist/\n')
  mkdirSync(join(source, 'dist'))
  writeFileSync(join(source, 'dist/a.js'), "on('checkout-v2')")
  writeFileSync(join(source, 'src/a.ts'), "// checkout-v2 is bare here\nif (on('checkout-v2')) checkoutV2()\n")
  const found = await server.cli(['find-flags', source, '--output', 'json'])
  assert.equal(found.code, 0, found.stderr)
  const told = JSON.parse(found.stdout)
  assert.deepEqual(told.references, [{ flag: 'checkout-v2', path: 'src/a.ts', line: 2, text: "if (on('checkout-v2')) checkoutV2()" }])
  assert.deepEqual(told.notFound, ['old-banner'])
  const refused = await server.cli(['find-flags', source, '--upload'])
  assert.deepEqual([refused.code, /--repository/.test(refused.stderr)], [1, true], refused.stderr)
  const more = ['--alias', 'camelcase', '--repository', 'acme/shop', '--commit', 'c0ffee', '--link', 'https://git.example/{commit}/{path}#L{line}']
  const uploaded = await server.cli(['find-flags', source, '--upload', ...more])
  assert.equal(uploaded.code, 0, uploaded.stderr)
  assert.match(uploaded.stdout, /^src\/a.ts:2: checkout-v2: if/m)
  assert.match(uploaded.stderr, /not found: old-banner; uploaded for acme\/shop/)
  const code = await server.get(server.inProject('/code-references?flag=checkout-v2'))
  assert.equal(code.references[0].link, 'https://git.example/c0ffee/src/a.ts#L2')
  assert.deepEqual(code.unreferenced, ['old-banner'])
  // The history of what administrators see has it.
  const { items } = await server.get('/audit?limit=50')
  assert.ok(items.some((line) => line.what === 'code.put'), JSON.stringify(items.slice(0, 3)))

  const day = '2020-01-01'
  const described = await server.cli(['flag', 'describe', 'old-banner', '--type', 'operational', '--expires', day, '--tags', 'web'])
  assert.equal(described.code, 0, described.stderr)
  const stale = await server.cli(['flag', 'list', '--stale'])
  assert.match(stale.stdout, /old-banner.*expired on 2020-01-01; no code refers to it/)
  for (const step of ['archive', 'delete']) {
    const done = await server.cli(['flag', step, 'old-banner', '--reason', 'gone'])
    assert.equal(done.code, 0, done.stderr)
  }
  assert.match((await server.cli(['flag', 'list'])).stdout, /^checkout-v2 /)
  assert.equal((await server.cli(['flag', 'get', 'old-banner'])).code, 1)
})
