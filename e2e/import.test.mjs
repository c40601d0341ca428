// Moving in: from LaunchDarkly's protocol, and from Unleash, beside Unleash's own client.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import unleash from 'unleash-client'
import { cli, start } from './lib/switchyard.mjs'
import { manifests } from './lib/world.mjs'

const latest = async (server) =>
  (await fetch(`${server.url}/sdk/latest-all`, { headers: { authorization: server.sdkKey } })).json()

/** What each flag answers for each context. */
async function answers(server, flags, contexts, fallback = null) {
  const file = join(server.data, 'latest-all.json')
  writeFileSync(file, JSON.stringify(await latest(server)))
  const asked = contexts.flatMap((context) => flags.map((flag) => JSON.stringify({ flag, context, default: fallback })))
  const { code, stdout, stderr } = await cli(['eval', '--flags', file], { input: asked.join('\n') })
  assert.equal(code, 0, stderr)
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line).value)
}

const headOf = async (server) => (await server.get(server.inProject('/revisions'))).items[0].number

const endpoints = Object.fromEntries(['old', 'new', 'popular', 'personal', 'fresh'].map((arm, i) => [arm, `127.0.0.1:${i + 1}`]))

test('a LaunchDarkly environment moves in, rules and percentages included; nobody gets something else', async (t) => {
  const [theirs, ours] = [await start(t), await start(t)]
  await theirs.post(theirs.inProject('/apply'), { manifests: manifests(endpoints) })
  const from = ['import', 'launchdarkly', '--base-uri', theirs.url, '--sdk-key', theirs.sdkKey]

  const dry = await ours.cli([...from, '--dry-run'])
  assert.equal(dry.code, 0, dry.stderr)
  assert.match(dry.stdout, /^would change:/)
  const done = await ours.cli(from)
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /^r\d+ · Import from LaunchDarkly/)

  const contexts = Array.from({ length: 500 }, (_, i) => ({
    kind: 'multi',
    user: { key: `user-${i}`, country: ['DE', 'AT', 'FR'][i % 3], plan: ['free', 'pro-1', 'enterprise'][i % 3], age: i % 60, beta: i % 7 === 0 },
    org: { key: `org-${i % 9}` },
  }))
  const flags = ['gate', 'checkout', 'ranker', 'dark']
  assert.deepEqual(await answers(ours, flags, contexts), await answers(theirs, flags, contexts))

  await t.test('a second time nothing changes, and what only we know stays', async () => {
    const owned = { target: { kind: 'flag', key: 'gate' }, op: { type: 'setDetails', name: 'The gate', owner: 'Payments' } }
    const { number } = await ours.post(ours.inProject('/changes'), { edits: [owned] })
    await ours.post(ours.inProject(`/changes/${number}/apply`), {})
    const again = await ours.cli(from)
    assert.deepEqual([again.code, again.stdout], [0, 'nothing to change: everything is already so\n'], again.stderr)
  })

  await t.test('what changed there is one more revision here, and is reverted as one', async () => {
    const before = await answers(ours, flags, contexts)
    const off = { target: { kind: 'targeting', environment: 'production', key: 'gate' }, op: { type: 'setOn', on: false } }
    const { number } = await theirs.post(theirs.inProject('/changes'), { edits: [off] })
    await theirs.post(theirs.inProject(`/changes/${number}/apply`), {})
    const update = await ours.cli([...from, '--output', 'json'])
    assert.equal(update.code, 0, update.stderr)
    const revision = JSON.parse(update.stdout)
    assert.deepEqual(revision.edits.map((edit) => edit.target.key), ['gate'])
    assert.notDeepEqual(await answers(ours, flags, contexts), before)
    const back = await ours.cli(['revert', String(revision.number)])
    assert.equal(back.code, 0, back.stderr)
    assert.deepEqual(await answers(ours, flags, contexts), before)
  })

  await t.test('a wrong key, nobody there, no JSON: said, and nothing changes', async () => {
    const head = await headOf(ours)
    const wrong = await ours.cli(['import', 'launchdarkly', '--base-uri', theirs.url, '--sdk-key', 'sdk-none'])
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /refuses the key/)
    const nobody = await ours.cli(['import', 'launchdarkly', '--base-uri', 'http://127.0.0.1:1', '--sdk-key', 'k'])
    assert.equal(nobody.code, 3)
    const text = await ours.cli(['import', 'launchdarkly', '-'], { input: 'flags: none' })
    assert.equal(text.code, 1)
    assert.match(text.stderr, /must be JSON/)
    assert.equal(await headOf(ours), head)
  })
})

const is = (contextName, operator, rest) => ({ contextName, operator, ...rest })
const when = (...constraints) => [{ name: 'default', parameters: {}, constraints }]
const feature = (name, rest) => ({ name, enabled: true, strategies: [], ...rest })
const version = { version: 2 }
const exact = {
  ...version,
  segments: [
    { id: 1, name: 'Europe', constraints: [is('country', 'IN', { values: ['DE', 'AT'] })] },
    { id: 2, name: 'No free plan', constraints: [is('plan', 'NOT_IN', { values: ['free'] }), is('country', 'IN', { values: ['US'], inverted: true })] },
  ],
  features: [
    feature('everybody'),
    feature('off', { enabled: false, strategies: when() }),
    feature('nobody', { strategies: [{ name: 'flexibleRollout', parameters: { rollout: '0' } }] }),
    feature('all-of-them', { strategies: [{ name: 'flexibleRollout', parameters: { rollout: '100', stickiness: 'default', groupId: 'g' } }] }),
    feature('those-with-a-plan', { strategies: [{ name: 'flexibleRollout', parameters: { rollout: '100', stickiness: 'plan', groupId: 'g' } }] }),
    feature('people', { strategies: [{ name: 'userWithId', parameters: { userIds: 'user-1, user-17,user-200' } }] }),
    feature('addresses', { strategies: [{ name: 'remoteAddress', parameters: { IPs: '10.0.0.1,10.0.0.3' } }] }),
    feature('in', { strategies: when(is('country', 'IN', { values: ['DE', ' FR '] })) }),
    feature('not-in', { strategies: when(is('country', 'NOT_IN', { values: ['DE'] })) }),
    feature('not-in-twice', { strategies: when(is('country', 'NOT_IN', { values: ['DE'], inverted: true })) }),
    feature('not-them', { strategies: when(is('userId', 'NOT_IN', { values: ['user-1', 'user-2'] })) }),
    feature('starts', { strategies: when(is('email', 'STR_STARTS_WITH', { values: ['a', 'b'] })) }),
    feature('ends', { strategies: when(is('email', 'STR_ENDS_WITH', { values: ['.example'], inverted: true })) }),
    feature('contains', { strategies: when(is('email', 'STR_CONTAINS', { values: ['@x'] })) }),
    feature('pattern', { strategies: when(is('email', 'REGEX', { value: '^[ab].*x\\.' })) }),
    ...['EQ', 'GT', 'GTE', 'LT', 'LTE'].flatMap((op) => [
      feature(`num-${op}`, { strategies: when(is('age', `NUM_${op}`, { value: '30' })) }),
      feature(`num-${op}-not`, { strategies: when(is('age', `NUM_${op}`, { value: '30', inverted: true })) }),
      feature(`sem-${op}`, { strategies: when(is('app', `SEMVER_${op}`, { value: '2.1.0' })) }),
      feature(`sem-${op}-not`, { strategies: when(is('app', `SEMVER_${op}`, { value: '2.1.0', inverted: true })) }),
    ]),
    feature('segment', { strategies: [{ name: 'default', parameters: {}, segments: [1] }] }),
    feature('segments', { strategies: [{ name: 'default', parameters: {}, segments: [1, 2] }, { name: 'userWithId', parameters: { userIds: 'user-5' } }] }),
    feature('child', { dependencies: [{ feature: 'segment' }], strategies: when(is('age', 'NUM_GT', { value: '20' })) }),
    feature('child-of-variant', { dependencies: [{ feature: 'one-variant', variants: ['blue'] }] }),
    feature('one-variant', { strategies: when(is('plan', 'IN', { values: ['pro'] })), variants: [{ name: 'blue', weight: 1000 }] }),
    feature('by-strategy', {
      strategies: [
        { name: 'default', parameters: {}, constraints: [is('plan', 'IN', { values: ['pro'] })], variants: [{ name: 'a', weight: 1000, payload: { type: 'number', value: '7' } }] },
        { name: 'default', parameters: {}, variants: [{ name: 'b', weight: 1000, payload: { type: 'number', value: '8' } }] },
      ],
    }),
  ],
}

const people = Array.from({ length: 300 }, (_, i) => {
  const some = (list, every) => (i % every === 0 ? undefined : list[i % list.length])
  return {
    userId: `user-${i}`,
    remoteAddress: some(['10.0.0.1', '10.0.0.2', '10.0.0.3'], 7),
    properties: {
      country: some(['DE', 'AT', 'FR', 'US'], 5),
      plan: some(['free', 'pro', 'enterprise'], 4),
      email: some(['ann@x.example', 'bob@y.example', 'cid@x.test'], 6),
      age: some([12, 29, 30, 31, 60], 8),
      app: some(['2.1.0', '2.0.9', '2.1.1', '3.0.0-beta.1', 'none'], 9),
    },
  }
})
const asContext = ({ userId, remoteAddress, properties }) => ({ kind: 'user', key: userId, remoteAddress, ...properties })

/** Unleash's own client, on these features; it asks nobody. */
async function client(t, features) {
  const made = new unleash.Unleash({
    appName: 'e2e', url: 'http://127.0.0.1:1/api', refreshInterval: 0, disableMetrics: true, skipInstanceCountWarning: true,
    bootstrap: { data: features.features, segments: features.segments },
    storageProvider: new unleash.InMemStorageProvider(),
  })
  made.on('error', () => {})
  made.on('warn', () => {})
  await new Promise((done) => made.once('ready', done))
  t.after(() => made.destroy())
  return made
}

test('an Unleash environment moves in where it maps exactly, answer for answer', async (t) => {
  const server = await start(t)
  const theirs = await client(t, exact)
  // A server that gives the features to whoever has the token.
  const source = createServer((request, answer) => {
    const allowed = request.headers.authorization === 'client-token' && request.url === '/api/client/features'
    answer.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(allowed ? exact : {}))
  })
  await new Promise((done) => source.listen(0, '127.0.0.1', done))
  t.after(() => source.close())
  const from = ['import', 'unleash', `http://127.0.0.1:${source.address().port}`]
  const refused = await server.cli([...from, '--client-token', 'wrong'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /refuses the key/)

  const done = await server.cli([...from, '--client-token', 'client-token'])
  assert.equal(done.code, 0, done.stderr)
  assert.doesNotMatch(done.stdout, /left out/)
  const names = exact.features.map(({ name }) => name)
  const given = await answers(server, names, people.map(asContext))
  const wrong = []
  people.forEach((person, i) => {
    names.forEach((name, j) => {
      const variant = theirs.getVariant(name, person)
      const has = exact.features[j].variants ?? exact.features[j].strategies.some((s) => s.variants)
      const expected = !has
        ? theirs.isEnabled(name, person)
        : variant.payload?.type === 'number'
          ? Number(variant.payload.value)
          : variant.name
      const got = given[i * names.length + j]
      if (got !== expected) wrong.push(`${name}: ${got}, not ${expected}, for ${JSON.stringify(person)}`)
    })
  })
  assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} of ${given.length}`)

  const again = await server.cli([...from, '--client-token', 'client-token'])
  assert.deepEqual([again.code, again.stdout.split('\n')[0]], [0, 'nothing to change: everything is already so'])
})

test('what does not map is listed with its reason; percentages are taken when asked for', async (t) => {
  const server = await start(t)
  const features = {
    ...version,
    features: [
      feature('plain'),
      feature('half', { strategies: [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'default', groupId: 'half' } }] }),
      feature('ours', { strategies: [{ name: 'moonPhase', parameters: {} }] }),
      feature('after-half', { dependencies: [{ feature: 'half' }] }),
    ],
  }
  const file = join(server.data, 'features.json')
  writeFileSync(file, JSON.stringify(features))
  const first = await server.cli(['import', 'unleash', file])
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /left out, 3 of them:/)
  assert.match(first.stdout, / {2}half: strategy flexibleRollout: 50 % of people, whom Unleash picks by another hash/)
  assert.match(first.stdout, / {2}after-half: depends on half, which is left out/)
  const second = await server.cli(['import', 'unleash', file, '--percentages', '--output', 'json'])
  assert.equal(second.code, 0, second.stderr)
  const { leftOut, remarks } = JSON.parse(second.stdout)
  assert.deepEqual(leftOut.map(({ flag }) => flag), ['ours'])
  assert.deepEqual(remarks.map(({ flag }) => flag), ['half'])
  const on = (await answers(server, ['half'], people.map(asContext))).filter(Boolean).length
  assert.ok(on > 110 && on < 190, `${on} of 300`)
})
