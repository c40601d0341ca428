// The pictures of the docs, from the demo after a while of traffic. Run by `npm run shots`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { launch, places, show, visit } from './lib/browser.mjs'
import { start, until } from './lib/switchyard.mjs'

const to = join(import.meta.dirname, '../docs/images')
const pictures = ['home', 'flags', 'flag', 'routes', 'route', 'change', 'history', 'explain', 'settings']

// The revision that is open: one with a reason, not the first one with all of the shop.
places.history = '/history?r=3'

// What a test would end for us, ended here.
const ends = []
const t = { after: (end) => ends.unshift(end) }
try {
  mkdirSync(to, { recursive: true })
  const server = await start(t, { demo: true })
  const edit = (key, kind, op) => ({ target: { environment: 'production', kind, key }, op })
  const apply = async (title, reason, edits) => {
    const { number } = await server.post(server.inProject('/changes'), { title, reason, edits })
    return server.post(server.inProject(`/changes/${number}/apply`), {})
  }
  const rollout = (first) => ({
    rollout: { contextKind: 'user', variations: [{ variation: 0, weight: first }, { variation: 1, weight: 100_000 - first }] },
  })
  const busy = (seconds) =>
    until(
      `${seconds} s of traffic`,
      async () => (await server.get(server.here('/traffic'))).requests.filter(Boolean).length >= seconds / 10,
      { seconds: seconds * 5 },
    )
  // A history that looks like one.
  await busy(10)
  await apply('', 'first customers', [edit('checkout-v2', 'targeting', { type: 'setServe', serve: rollout(25_000) })])
  await apply('More of catalog v2', 'p95 is as good as v1’s', [edit('catalog', 'route', { type: 'setWeights', weights: { v1: 60_000, v2: 40_000 } })])
  const { number } = await apply('', 'the banner hides the menu on phones', [edit('promo-banner', 'targeting', { type: 'setOn', on: false })])
  await server.post(server.inProject(`/revisions/${number}/revert`), { reason: 'the menu is fixed' })
  await busy(30)
  await server.call('PATCH', server.here(''), { requiredApprovals: 1 })
  const proposed = await server.post(server.inProject('/changes'), {
    title: 'Half of all get the new checkout',
    reason: 'A quarter had it for two days, without more errors and with more orders. The catalogue follows, as its second version carries the load by now.',
    edits: [
      edit('checkout-v2', 'targeting', { type: 'setServe', serve: rollout(50_000) }),
      edit('catalog', 'route', { type: 'setWeights', weights: { v1: 40_000, v2: 60_000 } }),
    ],
  })
  places.change = `/changes/${proposed.number}`
  await server.post(server.inProject(`/changes/${proposed.number}/submit`), {})
  await server.post(server.inProject(`/changes/${proposed.number}/comments`), { text: 'Is support told of the new form?', edit: 0 })

  const browser = await launch()
  t.after(() => browser.close())
  for (const theme of ['light', 'dark']) {
    const { context, page } = await visit(browser, { server, theme })
    for (const place of pictures) {
      await show(page, server, place)
      // What draws the plots comes after the page that has them.
      if (['home', 'flag', 'route'].includes(place)) await page.locator('.plot-host canvas').last().waitFor()
      const path = join(to, `${place}-${theme}.png`)
      const taken = PNG.sync.read(await page.screenshot({ animations: 'disabled' }))
      // The same pixels, without alpha, packed as well as it goes.
      const small = PNG.sync.write(taken, { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType: 0 })
      if (small.length > 150_000) throw new Error(`${path} has ${small.length} bytes; 150,000 are allowed`)
      writeFileSync(path, small)
      console.log(`${place}-${theme}.png ${Math.round(small.length / 1000)} kB`)
      if (page.faults.length) throw new Error(page.faults.join('\n'))
    }
    await context.close()
  }
} finally {
  for (const end of ends) await end()
}
