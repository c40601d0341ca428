// Ways to ask what a flag serves. Each answers `{ name, ask(contexts) → [{flag: value}], close() }`.
import { init } from '@launchdarkly/node-server-sdk'
import { FlagdProvider } from '@openfeature/flagd-provider'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature } from '@openfeature/server-sdk'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cli } from './switchyard.mjs'
import { flags, headersOf } from './world.mjs'

const absent = 'the default'

/** `work` on each of `all`, so many at a time; answers in order. */
async function each(all, atOnce, work) {
  const answers = new Array(all.length)
  let next = 0
  const worker = async () => {
    for (let i = next++; i < all.length; i = next++) answers[i] = await work(all[i])
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return answers
}

/** LaunchDarkly's SDK for Node, streaming, by FDv1 or FDv2. */
export async function nodeSdk(server, { fdv2 = false } = {}) {
  const client = init(server.sdkKey, {
    baseUri: server.url,
    streamUri: server.url,
    sendEvents: false,
    ...(fdv2 ? { dataSystem: { dataSource: { dataSourceOptionsType: 'standard' } } } : {}),
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  })
  await client.waitForInitialization({ timeout: 10 })
  return {
    name: `LaunchDarkly for Node, FDv${fdv2 ? 2 : 1}`,
    ask: (all) =>
      each(all, 8, async (context) => {
        const values = {}
        for (const flag of flags) values[flag] = await client.variation(flag, context, absent)
        return values
      }),
    secureModeHash: (context) => client.secureModeHash(context),
    close: () => client.close(),
  }
}

/** LaunchDarkly's SDK for Python, streaming, by FDv1 or FDv2. */
export const pythonSdk = (server, { fdv2 = false } = {}) =>
  python(`LaunchDarkly for Python, FDv${fdv2 ? 2 : 1}`, 'python_sdk.py', server, fdv2 ? '2' : '1')

/** OpenFeature's own provider for OFREP, for Python. */
export const pythonOfrep = (server) => python('OFREP for Python', 'python_ofrep.py', server)

/** OpenFeature's own provider for flagd, for Python, in RPC mode. */
export const pythonFlagd = (server, key = server.sdkKey) =>
  python('flagd for Python', 'python_flagd.py', { ...server, url: server.flagd, sdkKey: key })

/** LaunchDarkly's SDK for Rust, streaming; it knows FDv1 only. */
export const rustSdk = (server) =>
  driver('LaunchDarkly for Rust', [join(here, 'rust-sdk/target/debug/rust-sdk')], server)

const here = join(import.meta.dirname, '..')

const python = (name, script, server, ...args) =>
  driver(name, [join(here, '.venv/bin/python'), join(here, 'lib', script)], server, ...args)

/** A program of another language, fed JSON lines. */
async function driver(name, [program, ...first], server, ...args) {
  const child = spawn(program, [...first, server.url, server.sdkKey, JSON.stringify(flags), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => child.once('exit', done))
  // It would outlive a test that fails before it is closed.
  server.closing.push(() => child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${name}: the driver ended`)
    return JSON.parse(value)
  }
  const said = await line()
  if (said !== 'ready') throw new Error(`${name}: ${said}`)
  return {
    name,
    async ask(all) {
      child.stdin.write(all.map((context) => `${JSON.stringify(context)}\n`).join(''))
      const answers = []
      while (answers.length < all.length) answers.push(await line())
      return answers
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}

/** OpenFeature's own provider for OFREP. */
export const ofrep = (server) =>
  openFeature('OFREP', server.url, new OFREPProvider({ baseUrl: server.url, headers: { Authorization: `Bearer ${server.sdkKey}` } }))

/** OpenFeature's own provider for flagd, in RPC mode. */
export const flagd = (server) => openFeature('flagd', server.flagd, flagdProvider(server, server.sdkKey))

/** flagd's provider with a key, or without one. Its stream sends no selector: there the key is the authority. */
export function flagdProvider(server, key) {
  const [host, port] = server.flagd.split(':')
  return new FlagdProvider({
    host,
    port: Number(port),
    deadlineMs: 10_000,
    // A key that opens nothing won't open anything later: the provider gives up where it is told to.
    fatalStatusCodes: ['UNAUTHENTICATED'],
    retryBackoffMs: 100,
    retryBackoffMaxMs: 200,
    ...(key === undefined ? {} : { selector: key, defaultAuthority: key }),
  })
}

async function openFeature(name, domain, provider) {
  await OpenFeature.setProviderAndWait(domain, provider)
  const client = OpenFeature.getClient(domain)
  return {
    name,
    ask: (all) =>
      each(all, 8, async (context) => {
        const values = {}
        for (const flag of flags) {
          const strings = flag === 'ranker'
          const detail = strings
            ? await client.getStringDetails(flag, absent, context)
            : await client.getBooleanDetails(flag, false, context)
          values[flag] = detail.errorCode ? `${detail.errorCode} ${detail.errorMessage}` : detail.value
        }
        return values
      }),
    close: () => OpenFeature.close(),
  }
}

/** `switchyard eval`, on the flags as the SDKs get them. */
export function evaluated(server) {
  return {
    name: 'switchyard eval',
    async ask(all) {
      const answer = await fetch(`${server.url}/sdk/latest-all`, { headers: { authorization: server.sdkKey } })
      const path = join(server.data, 'latest-all.json')
      writeFileSync(path, await answer.text())
      const input = all
        .flatMap((context) => flags.map((flag) => JSON.stringify({ flag, context, default: absent })))
        .join('\n')
      const { code, stdout, stderr } = await cli(['eval', '--flags', path], { input })
      if (code !== 0) throw new Error(stderr)
      const values = stdout.trimEnd().split('\n').map((line) => JSON.parse(line).value)
      return all.map((_, i) => Object.fromEntries(flags.map((flag, j) => [flag, values[i * flags.length + j]])))
    },
    close() {},
  }
}

/** Plain HTTP through the gateway: which arm answered, and what it was told, for each of the routes. */
export function gateway(server, routes) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
  const get = (path, headers) =>
    new Promise((done, fail) => {
      const request = http.get(server.gatewayUrl + path, { agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (piece) => (text += piece))
        answer.on('error', fail)
        answer.on('end', () =>
          answer.statusCode === 200 ? done(JSON.parse(text)) : fail(new Error(`${answer.statusCode} ${text}`)),
        )
      })
      request.on('error', fail)
    })
  return {
    name: 'the gateway',
    ask: (all) =>
      each(all, 8, async (context) => {
        const told = {}
        for (const route of routes) told[route] = await get(`/${route}/pay`, headersOf(context))
        return told
      }),
    close: () => agent.destroy(),
  }
}
