// A browser on the page, as a person has it open.
import { chromium } from 'playwright-core'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--no-first-run',
]

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
}

/** A window of its own, signed in where a server is given; complaints of the page are collected in `page.faults`. */
export async function visit(browser, { server, theme, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options })
  if (theme) await context.addInitScript((theme) => localStorage.setItem('switchyard.theme', theme), theme)
  if (server) {
    const answer = await context.request.post(`${server.url}/api/v1/session`, { data: { token: server.token } })
    if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`)
  }
  return { context, page: await tab(context) }
}

export async function tab(context) {
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.faults = []
  page.on('pageerror', (error) => page.faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(`${message.text()} ${message.location().url}`)
  })
  return page
}

/** Every page with something on it, by the name it has in the docs. */
export const places = {
  home: '',
  flags: '/flags',
  flag: '/flags/checkout-v2',
  usage: '/flags/checkout-v2?tab=usage',
  stale: '/flags?list=stale',
  unknown: '/flags?list=unknown',
  code: '/flags?list=code',
  routes: '/routes',
  route: '/routes/catalog',
  history: '/history?r=1',
  explain: '/explain?method=GET&url=http%3A%2F%2Fshop.example%2Fcheckout%2Fpay&h=x-customer%3A%20c-0042%0Ax-plan%3A%20pro',
  who: '/explain?tab=who&context=%7B%22kind%22%3A%22customer%22%2C%22key%22%3A%22c-0042%22%2C%22plan%22%3A%22pro%22%7D',
  settings: '/settings',
  environments: '/settings?tab=environments',
  policies: '/settings?tab=policies',
  guardrails: '/settings?tab=guardrails',
  git: '/settings?tab=git',
  upstream: '/settings?tab=upstream',
  webhooks: '/settings?tab=webhooks',
  triggers: '/settings?tab=triggers',
  audit: '/settings?tab=audit',
  account: '/settings?tab=account',
  changes: '/changes?tab=open',
  change: '/changes/1',
  segments: '/segments',
  services: '/services',
}

export const address = (server, place) => `${server.url}/p/${server.project}/${server.environment}${places[place]}`

/** Goes there and waits until nothing is still loading. */
export async function show(page, server, place) {
  await page.goto(address(server, place))
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.waitForFunction(() => !document.querySelector('.skeleton, [aria-busy="true"]'))
}
