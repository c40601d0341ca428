// LaunchDarkly's SDK for browsers, unmodified, in a real one, on a page of another origin.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeSdk } from './lib/clients.mjs'
import { site } from './lib/site.mjs'
import { start, until } from './lib/switchyard.mjs'
import { upstreams } from './lib/upstream.mjs'
import { contexts, flags, manifests } from './lib/world.mjs'

const arms = ['new', 'old', 'popular', 'personal', 'fresh']
const shown = flags.filter((flag) => flag !== 'dark')
const fdv2 = (initialConnectionMode) => ({
  dataSystem: { automaticModeSwitching: { type: 'manual', initialConnectionMode } },
})

/** The world, with all but one flag for browsers. */
async function world(t) {
  const server = await start(t)
  const resources = manifests(await upstreams(t, arms)).map((resource) =>
    resource.kind === 'flag' && shown.includes(resource.key)
      ? { ...resource, clientSideAvailability: { usingEnvironmentId: true, usingMobileKey: false } }
      : resource,
  )
  const file = join(server.data, 'world.json')
  writeFileSync(file, JSON.stringify(resources))
  const applied = await server.cli(['apply', '-f', file, '--message', 'the world'])
  assert.equal(applied.code, 0, applied.stderr)
  return server
}

/** Starts a client in the page; it is `window.client`, and what it is told is in `window.told`. */
const open = (page, server, context, options = {}) =>
  page.evaluate(
    async ({ id, url, context, options: { hash, ...options } }) => {
      const client = window.sdk.createClient(id, context, {
        baseUri: url,
        streamUri: url,
        eventsUri: url,
        maxCachedContexts: 0,
        ...options,
      })
      window.client = client
      window.told = []
      client.on('change', (_, keys) => window.told.push(...keys))
      const { status, error } = await client.start({ timeout: 10, identifyOptions: { hash } })
      return error ? String(error) : status
    },
    { id: server.clientSideId, url: server.url, context, options },
  )

test('the same answers as a server gets, for a thousand contexts, and none of a flag that is not for browsers', async (t) => {
  const server = await world(t)
  const reference = await nodeSdk(server)
  server.closing.push(() => reference.close())
  const people = contexts(1000)
  const page = await site(t, '@launchdarkly/js-client-sdk')
  const ways = [
    { streaming: false, withReasons: true },
    { streaming: false, withReasons: true, useReport: true },
    { ...fdv2('polling'), withReasons: true },
  ]
  for (const [i, way] of ways.entries()) {
    const asked = i === 0 ? people : people.slice(0, 50)
    assert.equal(await open(page, server, people[0], way), 'complete')
    const answers = await page.evaluate(async (asked) => {
      const answers = []
      for (const context of asked) {
        const { status } = await window.client.identify(context)
        answers.push(status === 'completed' ? window.client.allFlags() : status)
      }
      return answers
    }, asked)
    const expected = await reference.ask(asked)
    asked.forEach((context, i) => {
      const { dark: _, ...visible } = expected[i]
      assert.deepEqual(answers[i], visible, JSON.stringify(context))
    })
    const detail = await page.evaluate(() => window.client.variationDetail('checkout', null))
    assert.equal(typeof detail.reason.kind, 'string')
    await page.evaluate(() => window.client.close())
  }
  assert.deepEqual(page.faults, [])
})

for (const [protocol, options] of [['FDv1', { streaming: true }], ['FDv2', fdv2('streaming')]])
  test(`a stream follows a flip, a segment and the reverts of both, by ${protocol}`, (t) => follows(t, options))

async function follows(t, options) {
  const server = await world(t)
  const page = await site(t, '@launchdarkly/js-client-sdk')
  const insider = { kind: 'user', key: 'user-3' }
  assert.equal(await open(page, server, insider, options), 'complete')
  const checkout = () => page.evaluate(() => window.client.variation('checkout', null))
  assert.equal(await checkout(), true)
  await until('its stream is open', async () => (await server.get(server.here('/nodes'))).streams === 1)

  const change = async (...args) => {
    const { code, stdout, stderr } = await server.cli([...args, '--output', 'json'])
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }
  const off = await change('flag', 'off', 'checkout', '--reason', 'errors')
  await until('the browser follows', async () => (await checkout()) === false)
  await change('revert', String(off.number), '--reason', 'it was not that')
  await until('the browser follows the revert', async () => (await checkout()) === true)

  // Whoever is in no segment any more is told, though the flag itself is the same.
  const file = join(server.data, 'segment.json')
  writeFileSync(file, JSON.stringify([{ kind: 'segment', environment: 'production', key: 'insiders', excluded: ['user-3'] }]))
  const outside = { kind: 'user', key: 'user-3', plan: 'enterprise', country: 'AT' }
  await page.evaluate((context) => window.client.identify(context), outside)
  assert.equal(await checkout(), true)
  await until('its stream is open again', async () => (await server.get(server.here('/nodes'))).streams === 1)
  await change('apply', '-f', file, '--message', 'nobody is an insider')
  await until('the browser follows the segment', async () => (await checkout()) === false)
  assert.ok((await page.evaluate(() => window.told)).includes('checkout'))

  // What was evaluated is told in events, and counted for the flag.
  await page.evaluate(() => window.client.flush())
  await until('evaluations are counted', async () => {
    const { variations } = await server.get(server.here('/traffic/flags/checkout'))
    return variations.flatMap((one) => one.evaluations).reduce((a, b) => a + b, 0) > 0
  })
  assert.deepEqual(page.faults, [])
}

test('in secure mode a page is answered only with the hash that a server made, by each protocol', async (t) => {
  const server = await world(t)
  const reference = await nodeSdk(server)
  server.closing.push(() => reference.close())
  const hashOf = (context) => reference.secureModeHash(context)
  const on = await server.cli(['secure-mode', 'on'])
  assert.equal(on.code, 0, on.stderr)
  assert.match(on.stdout, /secure mode is on/)

  const person = { kind: 'multi', user: { kind: 'user', key: 'user-3' }, org: { kind: 'org', key: 'org-2' } }
  const hash = hashOf(person)
  for (const way of [{ streaming: false }, { streaming: true, useReport: true }, fdv2('streaming'), fdv2('polling')]) {
    const page = await site(t, '@launchdarkly/js-client-sdk')
    const answers = []
    page.on('response', (answer) => answers.push(answer.status()))
    assert.equal(await open(page, server, person, { ...way, hash }), 'complete', JSON.stringify(way))
    assert.equal(await page.evaluate(() => window.client.variation('checkout', null)), true)
    assert.ok(!answers.includes(400))
    await page.evaluate(() => window.client.close())
    await page.evaluate(async ({ id, url, context, way, hash }) => {
      window.client = window.sdk.createClient(id, context, { baseUri: url, streamUri: url, eventsUri: url, maxCachedContexts: 0, ...way })
      void window.client.start({ identifyOptions: { hash } })
    }, { id: server.clientSideId, url: server.url, context: { kind: 'user', key: 'user-4' }, way, hash })
    await until('it is refused', () => answers.includes(400))
    assert.equal(await page.evaluate(() => window.client.variation('checkout', null)), null)
    await page.evaluate(() => window.client.close())
  }
  const off = await server.cli(['secure-mode', 'off'])
  assert.equal(off.code, 0, off.stderr)
})
