// OpenFeature's provider for browsers, unmodified, in a real one: evaluates by OFREP, and hears of changes on its stream.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { site } from './lib/site.mjs'
import { start, until } from './lib/switchyard.mjs'

const flag = (key, usingEnvironmentId) => ({
  kind: 'flag',
  key,
  variations: [{ id: 'on', value: true }, { id: 'off', value: false }],
  clientSideAvailability: { usingEnvironmentId, usingMobileKey: false },
})
const targeting = (key) => ({
  kind: 'targeting',
  environment: 'production',
  key,
  on: true,
  offVariation: 1,
  fallthrough: { variation: 0 },
})

test('a page evaluates with the public id alone, and follows a flip and its revert', async (t) => {
  const server = await start(t)
  const file = join(server.data, 'flags.json')
  const all = [flag('shown', true), flag('hidden', false), targeting('shown'), targeting('hidden')]
  writeFileSync(file, JSON.stringify(all))
  const applied = await server.cli(['apply', '-f', file, '--message', 'two flags'])
  assert.equal(applied.code, 0, applied.stderr)

  const page = await site(t, '@openfeature/web-sdk', '@openfeature/ofrep-web-provider')
  await page.evaluate(
    async ({ url, id }) => {
      const { OFREPWebProvider, OpenFeature } = window.sdk
      await OpenFeature.setContext({ targetingKey: 'ann' })
      const headers = [['Authorization', `Bearer ${id}`]]
      await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: url, headers, cacheMode: 'disabled' }))
      window.client = OpenFeature.getClient()
    },
    { url: server.url, id: server.clientSideId },
  )
  const asked = (key) => page.evaluate((key) => window.client.getBooleanDetails(key, false), key)
  assert.equal((await asked('shown')).value, true)
  assert.equal((await asked('hidden')).errorCode, 'FLAG_NOT_FOUND')
  await until('its stream is open', async () => (await server.get(server.here('/nodes'))).streams === 1)

  const off = await server.cli(['flag', 'off', 'shown', '--reason', 'errors', '--output', 'json'])
  assert.equal(off.code, 0, off.stderr)
  await until('the page follows', async () => (await asked('shown')).value === false)
  const back = await server.cli(['revert', String(JSON.parse(off.stdout).number), '--reason', 'it was not that'])
  assert.equal(back.code, 0, back.stderr)
  await until('the page follows the revert', async () => (await asked('shown')).value === true)
  assert.deepEqual(page.faults, [])
})
