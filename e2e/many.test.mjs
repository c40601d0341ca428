// Ten thousand flags in the list: only what is on screen is drawn, all of it can be reached and found.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { folder, start, until } from './lib/switchyard.mjs'

const count = 10_000
const part = 2_500

/** Files are taken up to 10 MB at a time. */
function files(t) {
  const path = folder(t)
  const variations = [
    { id: 'on', value: true },
    { id: 'off', value: false },
  ]
  return Array.from({ length: count / part }, (_, n) => {
    const manifests = Array.from({ length: part }, (_, i) => {
      const key = `flag-${String(n * part + i).padStart(5, '0')}`
      const weight = ((n * part + i) * 7919) % 100_001
      return [
        { kind: 'flag', key, type: 'release', owner: `Team ${i % 40}`, variations },
        {
          kind: 'targeting',
          environment: 'production',
          key,
          on: i % 3 > 0,
          offVariation: 1,
          fallthrough: { rollout: { variations: [{ variation: 0, weight }, { variation: 1, weight: 100_000 - weight }] } },
        },
      ]
    })
    const file = join(path, `${n}.json`)
    writeFileSync(file, JSON.stringify(manifests.flat()))
    return file
  })
}

test('ten thousand flags', async (t) => {
  const server = await start(t)
  for (const file of files(t)) {
    const { code, stderr } = await server.cli(['apply', '-f', file])
    assert.equal(code, 0, stderr)
  }
  const browser = await launch()
  server.closing.push(() => browser.close())
  const { page } = await visit(browser, { server })
  await page.goto(`${server.url}/p/${server.project}/${server.environment}/flags`)
  await page.getByText('10,000 flags').waitFor()
  const rows = page.locator('[role="row"][data-row]')
  const drawn = async () => {
    const n = await rows.count()
    assert.ok(n > 10 && n < 100, `${n} rows are drawn`)
    return n
  }
  await drawn()
  // Down to the last one, as far as is loaded each time.
  await until(
    'the last row is reached',
    async () => {
      await page.evaluate(() => {
        const main = document.getElementById('main')
        main.scrollTop = main.scrollHeight
      })
      return page.getByRole('link', { name: 'flag-09999' }).isVisible()
    },
    { seconds: 60 },
  )
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0)
  t.diagnostic(`${await drawn()} rows drawn of ${count}, ${Math.round(heap / 1e6)} MB of script heap`)
  await page.getByRole('searchbox').fill('flag-0512')
  await page.getByText('10 flags', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'flag-05123' }).waitFor()
  assert.deepEqual(page.faults, [])
})
