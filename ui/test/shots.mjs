// Pictures of every page, light, dark and phone, from dist and the fixture server; axe on each.
//   npm run build && npm run shots [name…]      pictures in test/shots/, exit 1 on any violation
//   LOOKS=light,phone npm run shots             only these looks
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

process.env.PORT = '0'
process.argv.push('--dist')
const { server } = await import('./fixture-server.mjs')
if (!server.listening) await new Promise((done) => server.once('listening', done))
const origin = `http://127.0.0.1:${server.address().port}`
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const out = fileURLToPath(new URL('./shots/', import.meta.url))
mkdirSync(out, { recursive: true })

const P = '/p/shop/production'
const click =
  (name, role = 'button') =>
  (page) =>
    page.getByRole(role, { name }).first().click()
const draft = (edits) => async (page) => {
  await page.evaluate(
    (body) => fetch('/api/v1/projects/shop/changes', { method: 'POST', body: JSON.stringify(body) }),
    { edits },
  )
}
const edits = [
  {
    target: { kind: 'targeting', environment: 'production', key: 'checkout-v2' },
    op: {
      type: 'setServe',
      serve: {
        rollout: {
          contextKind: 'customer',
          bucketBy: 'key',
          variations: [
            { variation: 0, weight: 25_000 },
            { variation: 1, weight: 75_000 },
          ],
        },
      },
    },
  },
  {
    target: { kind: 'route', environment: 'production', key: 'recommendations' },
    op: { type: 'setWeights', weights: { a: 70_000, b: 30_000 } },
  },
]
/** Name, path, and what happens before the picture. */
const pages = [
  ['sign-in', '/sign-in'],
  ['sign-in-used', '/sign-in?token=old'],
  ['home', P],
  ['flags', `${P}/flags`],
  ['flag', `${P}/flags/checkout-v2`],
  ['routes', `${P}/routes`],
  ['route', `${P}/routes/checkout`],
  ['route-weights', `${P}/routes/recommendations`],
  ['segments', `${P}/segments`],
  ['segment', `${P}/segments?key=beta-testers`],
  ['services', `${P}/services`],
  ['service', `${P}/services?key=checkout`],
  ['history', `${P}/history?r=408`],
  ['history-empty', `${P}/history?q=nothing-like-this`],
  ['revert', `${P}/history?r=411&do=revert`],
  ['revert-conflict', `${P}/history?r=402&do=revert`],
  ['restore', `${P}/history?r=401&do=restore`],
  [
    'explain',
    `${P}/explain?method=POST&url=http%3A%2F%2Fshop.example%2Fcheckout%2Fpay&h=cookie%3A+customer%3Dc-48213%0Ax-user-id%3A+admin`,
  ],
  ['settings', `${P}/settings`],
  ['team', `${P}/settings`, click('Edit Platform')],
  ['hand-over', `${P}/settings`, click('Hand over what Olaf owns')],
  ['settings-environments', `${P}/settings?tab=environments`],
  ['guardrails', `${P}/settings?tab=guardrails`],
  [
    'guardrail',
    `${P}/settings?tab=guardrails&guardrail=steps-of-25`,
    async (page) => {
      await click('Try on past changes')(page)
      await page.getByText('would have been').waitFor()
    },
  ],
  ['changes', `${P}/changes?tab=open`],
  ['changes-empty', `${P}/changes?tab=applied`],
  ['change-review', `${P}/changes/142`],
  ['change-approved', `${P}/changes/140`],
  ['change-void', `${P}/changes/138`],
  ['kill', `${P}/flags/checkout-v2?do=switch`],
  ['flag-moves', `${P}/flags/checkout-v2`, draft(edits.slice(0, 1))],
  ['movers', `${P}/flags/checkout-v2`, click('Open the movers')],
  ['staging', '/p/shop/staging'],
  ['palette', P, (page) => page.keyboard.press('Control+k')],
  ['keys', `${P}/history`, (page) => page.keyboard.press('?')],
  ['draft', `${P}/history`, draft(edits)],
  ['change', `${P}/history`, (page) => page.keyboard.press('c')],
  [
    'change-conflict',
    `${P}/history`,
    async (page) => {
      await page.keyboard.press('c')
      await page.getByLabel('Reason').fill('conflict')
      await click(/^Apply/)(page)
      await page.getByText('in r411').first().waitFor()
    },
  ],
  [
    'receipt',
    `${P}/history`,
    async (page) => {
      await page.keyboard.press('c')
      await click(/^Apply/)(page)
      await page.getByText('on 1 of 1 data plane').waitFor()
    },
  ],
]

const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'))
const looks = [
  ['light', 'light', 1440, 900],
  ['dark', 'dark', 1440, 900],
  ['phone', 'light', 390, 844],
  ['phone-dark', 'dark', 390, 844],
]
const chosen = looks.filter(([look]) => !process.env.LOOKS || process.env.LOOKS.split(',').includes(look))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
let violations = 0
for (const [look, colorScheme, width, height] of chosen) {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width, height },
    reducedMotion: 'reduce',
    bypassCSP: true,
  })
  await context.request.post(`${origin}/api/v1/session`, { data: { token: 'demo' } })
  const page = await context.newPage()
  page.on(
    'console',
    (message) =>
      message.type() === 'error' &&
      !/401/.test(message.text()) &&
      console.log(`  console ${look}: ${message.text()}`),
  )
  page.on('pageerror', (error) => console.log(`  error ${look}: ${error.message}`))
  for (const [name, path, before] of pages) {
    const phone = look.startsWith('phone')
    if (wanted.length && !wanted.includes(name)) continue
    if (phone && ['change', 'change-conflict', 'receipt', 'palette', 'keys', 'draft'].includes(name)) continue
    await page.goto(origin + path)
    await page.waitForTimeout(500)
    await before?.(page)
    await page.waitForTimeout(350)
    await page.screenshot({ path: `${out}${name}-${look}.png` })
    await page.evaluate(axe)
    const found = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }))
    for (const { id, help, nodes } of found.violations) {
      violations += 1
      console.log(`${name} ${look}: ${id}, ${help}`)
      for (const node of nodes.slice(0, 3)) console.log(`    ${node.target} ${node.any[0]?.message ?? ''}`)
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (wide > 0) console.log(`${name} ${look}: ${wide} px wider than the screen`)
  }
  await context.close()
}
await browser.close()
server.closeAllConnections()
server.close()
console.log(`${violations} violations, pictures in ${out}`)
process.exit(violations ? 1 : 0)
