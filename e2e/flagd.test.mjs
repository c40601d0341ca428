// flagd's providers, unmodified, in RPC mode, with nothing but settings of their own.
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { flagdProvider } from './lib/clients.mjs'
import { start, until } from './lib/switchyard.mjs'

const plain = (key, value) => [
  { kind: 'flag', key, type: 'release', variations: [{ id: 'one', value }, { id: 'two', value }] },
  { kind: 'targeting', environment: 'production', key, on: true, offVariation: 1, fallthrough: { variation: 0 } },
]
const world = [
  ...plain('size', 3),
  ...plain('ratio', 2.5),
  ...plain('greeting', 'grüß Gott'),
  ...plain('colours', { bg: '#fff', order: [1, { deep: true }] }),
  ...plain('list', [1, 2]),
  {
    kind: 'flag',
    key: 'checkout',
    type: 'release',
    variations: [{ id: 'new', value: true }, { id: 'old', value: false }],
  },
  {
    kind: 'targeting',
    environment: 'production',
    key: 'checkout',
    on: true,
    offVariation: 1,
    rules: [
      { id: 'paying', clauses: [{ attribute: 'plan', op: 'in', values: ['pro'] }], variation: 0 },
      { id: 'grown', clauses: [{ attribute: 'age', op: 'greaterThanOrEqual', values: [18] }], variation: 0 },
    ],
    fallthrough: { variation: 1 },
  },
]

/** A server with the flags above. */
async function shop(t, options) {
  const server = await start(t, options)
  const file = join(server.data, 'world.json')
  writeFileSync(file, JSON.stringify(world))
  const applied = await server.cli(['apply', '-f', file, '--message', 'the world'])
  assert.equal(applied.code, 0, applied.stderr)
  return server
}

/** Node's provider: `ask(type, flag, default, context)`, and what it heard. */
async function node(t, server, key) {
  const domain = `flagd-${Math.random()}`
  const heard = []
  const client = OpenFeature.getClient(domain)
  for (const event of Object.values(ProviderEvents)) {
    client.addHandler(event, (detail) => heard.push({ event, flags: detail.flagsChanged ?? [] }))
  }
  const provider = flagdProvider(server, key)
  server.closing.push(() => provider.onClose())
  const ready = OpenFeature.setProviderAndWait(domain, provider)
  return {
    name: 'node',
    ready,
    heard,
    async ask(type, flag, fallback, context) {
      const { key: targetingKey, ...rest } = context
      const asks = { boolean: 'Boolean', string: 'String', float: 'Number', integer: 'Number', object: 'Object' }
      const detail = await client[`get${asks[type]}Details`](flag, fallback, { targetingKey, ...rest })
      return { value: detail.value, reason: detail.reason, variant: detail.variant ?? null, error: detail.errorCode ?? null }
    },
  }
}

/** Python's provider, the same. */
async function python(t, server, key = '') {
  const child = spawn(
    join(import.meta.dirname, '.venv/bin/python'),
    [join(import.meta.dirname, 'lib/python_flagd.py'), server.flagd, key, '[]'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const ended = new Promise((done) => child.once('exit', done))
  server.closing.push(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let complained = ''
  child.stderr.on('data', (piece) => (complained += piece))
  const heard = []
  const waiting = []
  const next = () =>
    Promise.race([
      new Promise((done) => waiting.push(done)),
      ended.then((code) => Promise.reject(new Error(`the driver ended with ${code}: ${complained}`))),
    ])
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line)
    if (!said.heard) return waiting.shift()?.(said)
    const events = { PROVIDER_CONFIGURATION_CHANGED: ProviderEvents.ConfigurationChanged, PROVIDER_READY: ProviderEvents.Ready, PROVIDER_ERROR: ProviderEvents.Error, PROVIDER_STALE: ProviderEvents.Stale }
    heard.push({ event: events[said.heard], flags: said.flags ?? [] })
  })
  return {
    name: 'python',
    ready: next(),
    heard,
    ask(...ask) {
      const answer = next()
      child.stdin.write(`${JSON.stringify({ ask })}\n`)
      return answer
    },
  }
}

const providers = { node, python }

for (const [name, open] of Object.entries(providers)) {
  test(`${name}: every type, why, and what is none of them`, async (t) => {
    const server = await shop(t)
    // With a key, and without one: `dev` lets in who comes to its port.
    for (const key of [server.sdkKey, undefined]) {
      const provider = await open(t, server, key)
      await provider.ready
      const { ask } = provider
      assert.deepEqual(await ask('boolean', 'checkout', false, { key: 'ann', plan: 'pro' }), {
        value: true,
        reason: 'TARGETING_MATCH',
        variant: 'new',
        error: null,
      })
      assert.equal((await ask('boolean', 'checkout', false, { key: 'ann', age: 18 })).value, true)
      // Not kept for everybody: the next one has another plan.
      const other = await ask('boolean', 'checkout', true, { key: 'bob', plan: 'free', age: 17.5 })
      assert.deepEqual([other.value, other.reason, other.variant], [false, 'DEFAULT', 'old'])
      const nobody = await ask('boolean', 'checkout', true, {})
      assert.deepEqual([nobody.value, nobody.error], [false, null])
      const said = async (...asked) => {
        const { value, reason, error } = await ask(...asked, { key: 'ann' })
        return [value, reason, error]
      }
      assert.deepEqual(await said('string', 'greeting', ''), ['grüß Gott', 'STATIC', null])
      assert.deepEqual(await said('integer', 'size', 0), [3, 'STATIC', null])
      assert.deepEqual(await said('float', 'ratio', 0.5), [2.5, 'STATIC', null])
      assert.deepEqual(await said('object', 'colours', {}), [{ bg: '#fff', order: [1, { deep: true }] }, 'STATIC', null])
      assert.deepEqual(await said('boolean', 'nobody-made-it', true), [true, 'ERROR', 'FLAG_NOT_FOUND'])
      assert.deepEqual(await said('string', 'checkout', 'mine'), ['mine', 'ERROR', 'TYPE_MISMATCH'])
      assert.deepEqual(await said('object', 'list', {}), [{}, 'ERROR', 'TYPE_MISMATCH'])
      if (name === 'python') assert.deepEqual(await said('integer', 'ratio', 7), [7, 'ERROR', 'TYPE_MISMATCH'])
    }
  })

  test(`${name}: hears of a flip, forgets what it kept, and comes back to a server that starts again`, async (t) => {
    const server = await shop(t)
    const provider = await open(t, server, server.sdkKey)
    await provider.ready
    const greeting = async () => (await provider.ask('string', 'greeting', 'none', { key: 'ann' })).reason
    const keeps = () => until('it keeps what is static', async () => (await greeting()) === 'CACHED')
    await keeps()
    const before = provider.heard.length
    const off = await server.cli(['flag', 'off', 'greeting', '--reason', 'too much'])
    assert.equal(off.code, 0, off.stderr)
    await until('it hears of the flip', () =>
      provider.heard.slice(before).some((heard) => heard.event === ProviderEvents.ConfigurationChanged && heard.flags.includes('greeting')),
    )
    assert.ok(provider.heard.slice(before).every((heard) => !heard.flags.includes('size')))
    assert.equal(await greeting(), 'DISABLED')
    const on = await server.cli(['flag', 'on', 'greeting', '--reason', 'it was fine'])
    assert.equal(on.code, 0, on.stderr)
    await until('on again', async () => (await greeting()) !== 'DISABLED')
    await keeps()

    // What changes while nobody listens is heard of afterwards.
    const flagdPort = Number(server.flagd.split(':')[1])
    await server.end('SIGTERM')
    const heard = provider.heard.length
    const again = await start(t, { data: server.data, flagdPort })
    again.closing.push(...server.closing.splice(0))
    await until('it is ready again', () =>
      provider.heard.slice(heard).some(({ event, flags }) => event === ProviderEvents.ConfigurationChanged && flags.includes('greeting')),
    )
    assert.equal((await provider.ask('string', 'greeting', 'none', { key: 'ann' })).value, 'grüß Gott')
    const after = provider.heard.length
    const last = await again.cli(['flag', 'off', 'greeting', '--reason', 'once more'])
    assert.equal(last.code, 0, last.stderr)
    await until('it listens again', () => provider.heard.slice(after).some(({ flags }) => flags.includes('greeting')))
    assert.equal(await greeting(), 'DISABLED')
  })
}

test('a key that opens nothing is refused, and said so', async (t) => {
  const server = await shop(t)
  const nodes = await node(t, server, 'sdk-nobodys')
  await assert.rejects(nodes.ready, /UNAUTHENTICATED.*No environment has this SDK key/)
  for (const provider of [nodes, await python(t, server, 'sdk-nobodys')]) {
    if (provider.name === 'python') await provider.ready
    const answer = await provider.ask('boolean', 'checkout', true, { key: 'ann', plan: 'free' })
    assert.equal(answer.value, true, provider.name)
    assert.ok(answer.error, provider.name)
  }
})
