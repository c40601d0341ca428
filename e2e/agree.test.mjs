// Whoever is asked, by whatever protocol, says the same about the same person, and follows a flip and its revert.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { evaluated, flagd, gateway, nodeSdk, ofrep, pythonFlagd, pythonOfrep, pythonSdk, rustSdk } from './lib/clients.mjs'
import { start, until } from './lib/switchyard.mjs'
import { upstreams } from './lib/upstream.mjs'
import { contexts, flags, manifests, variationOf } from './lib/world.mjs'

const routes = ['checkout', 'ranker']
const arms = ['new', 'old', 'popular', 'personal', 'fresh']

test('eleven clients agree on a thousand contexts, before a flip, after it and after its revert', async (t) => {
  const server = await start(t)
  const file = join(server.data, 'world.json')
  writeFileSync(file, JSON.stringify(manifests(await upstreams(t, arms))))
  const applied = await server.cli(['apply', '-f', file, '--message', 'the world'])
  assert.equal(applied.code, 0, applied.stderr)

  const reference = evaluated(server)
  const sdks = [
    await nodeSdk(server),
    await nodeSdk(server, { fdv2: true }),
    await pythonSdk(server),
    await pythonSdk(server, { fdv2: true }),
    await rustSdk(server),
    await ofrep(server),
    await pythonOfrep(server),
    await flagd(server),
    await pythonFlagd(server),
  ]
  const door = gateway(server, routes)
  for (const client of [...sdks, door]) server.closing.push(() => client.close())
  const people = contexts(1000)
  // Who gets the new checkout and a ranker that is not the one for those without: both change with the flip.
  const all = await reference.ask(people)
  const probe = people[all.findIndex(({ checkout, ranker }) => checkout === true && ranker !== 'by-popular')]
  assert.ok(probe)

  /** The same in all, for everybody, as soon as the flip's own effect is seen. */
  const agreed = async (checkout) => {
    await until('the flip is known', async () => {
      const [seen] = await reference.ask([probe])
      return seen.checkout === checkout
    })
    const expected = await reference.ask(people)
    for (const client of sdks) {
      await until(`${client.name} follows`, async () => (await client.ask([probe]))[0].checkout === checkout)
      const answers = await client.ask(people)
      people.forEach((context, i) =>
        assert.deepEqual(answers[i], expected[i], `${client.name} on ${JSON.stringify(context)}`),
      )
    }
    const arm = variationOf('checkout', checkout)
    await until('the gateway follows', async () => (await door.ask([probe]))[0].checkout.arm === arm)
    const told = await door.ask(people)
    people.forEach((context, i) => {
      for (const route of routes) {
        const variation = variationOf(route, expected[i][route])
        const { arm, flags } = told[i][route]
        assert.deepEqual(
          { arm, flags },
          { arm: variation, flags: `${route}=${variation}` },
          `the gateway, ${route}, on ${JSON.stringify(context)}`,
        )
      }
    })
    return expected
  }

  const before = await agreed(true)
  for (const flag of flags) {
    const values = new Set(before.map((answer) => answer[flag]))
    assert.equal(values.size, { gate: 2, checkout: 2, ranker: 3, dark: 1 }[flag], `${flag}: ${[...values]}`)
  }

  const off = await server.cli(['flag', 'off', 'checkout', '--reason', 'errors', '--output', 'json'])
  assert.equal(off.code, 0, off.stderr)
  const during = await agreed(false)
  assert.ok(during.every((answer) => answer.checkout === false && answer.ranker === 'by-popular'))

  const back = await server.cli(['revert', String(JSON.parse(off.stdout).number), '--reason', 'it was not that'])
  assert.equal(back.code, 0, back.stderr)
  assert.deepEqual(await agreed(true), before)
})
