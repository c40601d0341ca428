// A page of somebody else's site, with client-side SDKs bundled into it as an application's build does.
import { build } from 'esbuild'
import { createServer } from 'node:http'
import { launch } from './browser.mjs'

/** A page with the modules' exports as `window.sdk`, on an origin of its own; `page.evaluate` works in it. */
export async function site(t, ...modules) {
  const { outputFiles } = await build({
    stdin: { contents: modules.map((module) => `export * from '${module}'`).join('\n'), resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'sdk',
    platform: 'browser',
    logLevel: 'error',
  })
  const script = outputFiles[0].text
  const server = createServer((request, answer) => {
    const isScript = request.url === '/sdk.js'
    answer.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    answer.end(isScript ? script : '<!doctype html><title>Shop</title><script src="/sdk.js"></script>')
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const browser = await launch()
  t.after(async () => {
    await browser.close()
    server.closeAllConnections()
    server.close()
  })
  const page = await browser.newPage()
  page.faults = []
  page.on('pageerror', (error) => page.faults.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()))
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  return page
}
