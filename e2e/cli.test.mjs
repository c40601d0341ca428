// The command line, as scripts and people use it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join, resolve } from 'node:path'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { binary, cli, folder, start } from './lib/switchyard.mjs'

const shop = resolve(import.meta.dirname, '../examples/shop')

// One server for all of these: each leaves it as it was.
test('the shop, from its files', async (t) => {
  const server = await start(t)
  const { code, stdout, stderr } = await server.cli(['apply', '-f', shop, '--message', 'the shop'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^r1\b.*the shop/)

  await t.test('what export writes is what apply takes: nothing changes', async () => {
    const head = await headOf(server)
    const exported = await server.cli(['export'])
    assert.equal(exported.code, 0, exported.stderr)
    const again = await server.cli(['apply', '-f', '-'], { input: exported.stdout })
    assert.deepEqual([again.code, again.stdout], [0, 'nothing to change: everything is already so\n'])

    for (const output of ['text', 'json']) {
      const to = join(server.data, `files-${output}`)
      const written = await server.cli(['export', '--to', to, '--output', output])
      assert.equal(written.code, 0, written.stderr)
      const names = readdirSync(to, { recursive: true }).map(String)
      assert.ok(names.some((name) => name.endsWith(`production/targeting/checkout-v2.${output === 'json' ? 'json' : 'yaml'}`)), String(names))
      const same = await server.cli(['apply', '-f', to, '--output', 'json'])
      assert.equal(same.code, 0, same.stderr)
      assert.deepEqual(JSON.parse(same.stdout).edits, [])
    }
    assert.equal(await headOf(server), head)
  })

  await t.test('a dry run says what would change, and changes nothing', async () => {
    const head = await headOf(server)
    const file = join(server.data, 'staff.json')
    writeFileSync(file, JSON.stringify({ kind: 'segment', environment: 'production', key: 'staff', included: ['c-0099'] }))
    const dry = await server.cli(['apply', '-f', file, '--dry-run'])
    assert.equal(dry.code, 0, dry.stderr)
    assert.match(dry.stdout, /^would change:\n {2}\[production\] .*taff/)
    const json = await server.cli(['apply', '-f', file, '--dry-run', '--output', 'json'])
    const check = JSON.parse(json.stdout)
    assert.deepEqual([check.ok, check.edits.length, check.environments], [true, 1, ['production']])
    assert.equal(await headOf(server), head)
  })

  await t.test('answers as JSON are the API’s', async () => {
    const list = JSON.parse((await server.cli(['flag', 'list', '--output', 'json'])).stdout)
    assert.deepEqual(list.items.map(({ key }) => key).sort(), ['checkout-v2', 'free-shipping', 'promo-banner', 'ranker'])
    const routes = JSON.parse((await server.cli(['route', 'list', '--output', 'json'])).stdout)
    assert.equal(routes.items.length, 7)
    const revisions = JSON.parse((await server.cli(['history', '--output', 'json'])).stdout)
    assert.equal(revisions.items[0].number, await headOf(server))
    const explained = await server.cli(['explain', 'GET', '/checkout/pay', '-H', 'x-customer: c-0001', '--output', 'json'])
    assert.equal(JSON.parse(explained.stdout).flag.variation, 'new')
    const elsewhere = await server.cli(['explain', 'GET', '/checkout/pay', '-H', 'host: cart.internal', '--output', 'json'])
    assert.equal(JSON.parse(elsewhere.stdout).flag, undefined)
  })

  await t.test('a percentage, a switch and weights are set, shown and taken back', async () => {
    const set = await server.cli(['flag', 'set', 'checkout-v2', '--split', 'new=37.5,old=62.5', '--reason', 'more', '--output', 'json'])
    assert.equal(set.code, 0, set.stderr)
    const shown = await server.cli(['show', `r${JSON.parse(set.stdout).number}`])
    assert.match(shown.stdout, /37500/)
    assert.match((await server.cli(['flag', 'get', 'checkout-v2'])).stdout, /37\.5 %/)
    const on = await server.cli(['flag', 'off', 'promo-banner'])
    assert.equal(on.code, 0, on.stderr)
    assert.match((await server.cli(['flag', 'list'])).stdout, /promo-banner +○ off/)
    const weights = await server.cli(['route', 'set', 'catalog', '--weights', 'v1=50,v2=50'])
    assert.equal(weights.code, 0, weights.stderr)
    const restored = await server.cli(['restore', 'r1', '--reason', 'as it was'])
    assert.equal(restored.code, 0, restored.stderr)
    assert.equal((await server.cli(['apply', '-f', shop, '--output', 'json'])).stdout.includes('"number"'), false)
  })

  await t.test('what is refused says why, and how it ends says what kind', async () => {
    const cases = [
      [['flag', 'get', 'nope'], 1, /error: The project has no flag "nope"\./],
      [['flag', 'on', 'nope'], 1, /nope/],
      [['flag', 'set', 'ranker', '--serve', 'nope'], 1, /has no variation "nope"; it has popular, personal, fresh/],
      [['flag', 'set', 'checkout-v2', '--split', 'new=60,old=60'], 1, /100/],
      [['flag', 'list', '--environment', 'nope'], 1, /no environment "nope"; it has production, staging/],
      [['flag', 'list', '--project', 'nope'], 1, /no project "nope"/],
      [['flag', 'list', '--token', 'api-nope'], 1, /error: /],
      [['revert', '999'], 1, /999/],
      [['apply', '-f', join(server.data, 'absent.yaml')], 1, /absent\.yaml/],
      [['flag', 'frobnicate'], 2, /unrecognized subcommand/],
      [['revert', 'twelve'], 2, /write it as 12 or r12/],
      [['flag', 'set', 'ranker', '--split', 'fresh=lots'], 2, /is no share/],
      [[], 2, /Usage/],
      [['flag', 'list', '--url', await nobody()], 3, /can't be reached/],
    ]
    const head = await headOf(server)
    for (const [args, code, words] of cases) {
      const said = await server.cli(args)
      assert.equal(said.code, code, `${args}: ${said.stderr}`)
      assert.match(said.stderr, words, String(args))
    }
    assert.equal(await headOf(server), head)
    const drafts = await server.get(server.inProject('/changes?state=draft'))
    assert.equal(drafts.total, 0, 'nothing refused stays behind as a draft')
  })

  await t.test('all mistakes of all files are told at once, each with its place', async () => {
    const file = join(server.data, 'mistakes.yaml')
    writeFileSync(
      file,
      `kind: targeting
environment: production
key: ranker
on: true
fallthrough: { variation: 9 }
prerequisites: [{ key: nowhere, variation: 0 }]
---
kind: route
environment: production
key: catalog
listener: nobody
match: { path: { prefix: /catalog } }
split: { by: weight, arms: [{ id: v1, weight: 100000, action: { type: service, service: absent, subset: v1 } }] }
`,
    )
    const head = await headOf(server)
    const said = await server.cli(['apply', '-f', file])
    assert.equal(said.code, 1)
    for (const word of ['nowhere', 'nobody', 'absent', 'fallthrough']) {
      assert.ok(said.stderr.includes(word), `${word} is not in\n${said.stderr}`)
    }
    const json = JSON.parse((await server.cli(['apply', '-f', file, '--output', 'json'])).stderr)
    assert.ok(json.problems.length >= 4, JSON.stringify(json.problems))
    assert.ok(json.problems.every(({ path, reason }) => path && reason))

    const unknown = await server.cli(['apply', '-f', '-'], { input: 'kind: segment\nenvironment: production\nkey: s\nincludde: [a]\n' })
    assert.equal(unknown.code, 1)
    assert.match(unknown.stderr, /includde/)
    assert.equal(await headOf(server), head)
  })

  await t.test('a sign-in link signs in once', async () => {
    const link = new URL((await server.cli(['sign-in-link'])).stdout.match(/http\S+/)[0])
    const body = JSON.stringify({ token: link.searchParams.get('token') })
    const sign = () => fetch(`${server.url}/api/v1/session`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    assert.equal((await sign()).status, 200)
    assert.ok((await sign()).status >= 400)
  })
})

const headOf = async (server) => (await server.get('/session')).projects[0].head

/** A URL that nobody listens on. */
async function nobody() {
  const taken = net.createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address()
  taken.close()
  await once(taken, 'close')
  return `http://127.0.0.1:${port}`
}

test('completions are there for each shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'elvish', 'powershell']) {
    const { code, stdout } = await cli(['completions', shell])
    assert.equal(code, 0)
    assert.match(stdout, /switchyard/)
    assert.match(stdout, /sign-in-link/)
  }
  const asked = await cli(['--help'])
  assert.equal(asked.code, 0)
  assert.match(asked.stdout, /Exit codes/)
})

test('in the folder of `switchyard dev` no address is needed', async (t) => {
  const cwd = folder(t)
  await start(t, { data: join(cwd, '.switchyard') })
  const { code, stdout, stderr } = await cli(['flag', 'list'], { cwd })
  assert.deepEqual([code, stdout], [0, 'no flag\n'], stderr)
  const elsewhere = await cli(['flag', 'list'], { cwd: folder(t) })
  assert.equal(elsewhere.code, 1)
  assert.match(elsewhere.stderr, /switchyard dev/)
})

test('eval answers line by line; a bad line does not end it', async (t) => {
  const flags = join(folder(t), 'flags.json')
  writeFileSync(flags, JSON.stringify({ flags: { f: { on: true, variations: [true, false], fallthrough: { variation: 0 }, offVariation: 1 } } }))
  const input = ['{"flag":"f","context":{"kind":"user","key":"u"},"default":false}', 'nonsense', '{"flag":"g","context":{"kind":"user","key":"u"},"default":7}'].join('\n')
  const { code, stdout } = await cli(['eval', '--flags', flags], { input })
  const [first, second, third] = stdout.trimEnd().split('\n').map((line) => JSON.parse(line))
  assert.deepEqual([code, first.value, third.value], [0, true, 7])
  assert.ok(second.error)
  assert.equal((await cli(['eval', '--flags', join(flags, 'absent')])).code, 1)
})

test('dev ends with 0 when told to, and begins again with what it had', async (t) => {
  const data = folder(t)
  const first = await start(t, { data })
  assert.equal((await first.cli(['apply', '-f', shop])).code, 0)
  const taken = await cli(['dev', '--data', data, '--port', '0', '--gateway-port', '0', '--no-demo'])
  assert.equal(taken.code, 1)
  assert.match(taken.stderr, /is in use by another switchyard/)
  // A stream that stays open must not hold the end up.
  const stream = await fetch(`${first.url}/all`, { headers: { authorization: first.sdkKey } })
  assert.equal(stream.status, 200)
  assert.deepEqual(await first.end('SIGTERM'), { code: 0, signal: null })
  await stream.body.cancel().catch(() => {})
  const second = await start(t, { data })
  assert.deepEqual([second.token, await headOf(second)], [first.token, 1])
  assert.deepEqual(await second.end('SIGINT'), { code: 0, signal: null })
})

test('server tells all mistakes of its settings', async (t) => {
  const config = join(folder(t), 'switchyard.yaml')
  writeFileSync(config, 'listen: nowhere\nproject: a b\nlog: "=="\n')
  const env = { SWITCHYARD_GATEWAY_LISTEN: '127.0.0.1' }
  const { code, stderr } = await cli(['server', '--config', config, '--public-url', 'switchyard.example'], { env })
  assert.equal(code, 1)
  for (const setting of ['data:', 'listen:', 'gatewayListen:', 'project:', 'publicUrl:', 'log:']) {
    assert.ok(stderr.includes(setting), `${setting} is not in\n${stderr}`)
  }
  writeFileSync(config, 'dta: /nowhere\n')
  const unknown = await cli(['server', '--config', config])
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /dta/)
})

test('server starts empty, prints a link for the first admin, and ends with 0', async (t) => {
  const data = folder(t)
  const args = ['server', '--data', data, '--listen', '127.0.0.1:0', '--gateway-listen', '127.0.0.1:0', '--log', 'warn']
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  t.after(() => child.kill('SIGKILL'))
  const lines = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.startsWith('ready')) break
  }
  const url = lines.at(-1).split(' ')[1]
  assert.match(lines[0], /^sign in once, within 15 minutes: http\S+\/sign-in\?token=\S+$/)
  for (const path of ['/healthz', '/readyz', '/api/openapi.json', '/']) {
    assert.equal((await fetch(url + path)).status, 200, path)
  }
  assert.equal((await fetch(`${url}/api/v1/session`)).status, 401)
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
})

test('the audit log is read, verified where it lies and from an export, and tampering is found', async (t) => {
  const server = await start(t)
  await server.cli(['apply', '-f', shop, '--message', 'the shop'])
  const { id } = await server.post('/members', { name: 'Tom Example', email: 'tom@shop.example', role: 'viewer' })
  const list = await server.cli(['audit', 'list', '--what', 'revision.'])
  assert.match(list.stdout, /applied r1: the shop/)
  assert.match((await server.cli(['audit', 'verify'])).stdout, /whole: \d+ lines, and 1 revisions? as they were applied/)

  const head = /head ([0-9a-f]{64})/.exec((await server.cli(['audit', 'verify', '--data', server.data])).stdout)[1]
  const would = await server.cli(['audit', 'erase', id, '--dry-run'])
  assert.match(would.stdout, /would erase: Tom Example, tom@shop\.example, and what 1 lines of the audit log/)
  const about = JSON.parse((await server.cli(['audit', 'list', '--about', id, '--output', 'json'])).stdout)
  assert.equal(about.items[0].personal.email, 'tom@shop.example')
  const erased = await server.cli(['audit', 'erase', id])
  assert.equal(erased.code, 0, erased.stderr)
  const file = join(server.data, 'audit.jsonl')
  assert.equal((await server.cli(['audit', 'export', '--to', file])).code, 0)
  const text = readFileSync(file, 'utf8')
  assert.doesNotMatch(text, /tom@shop\.example|Tom Example/)
  const whole = await server.cli(['audit', 'verify', file, '--head', head])
  assert.deepEqual([whole.code, whole.stderr], [0, ''])
  assert.match(whole.stdout, /that was noted is that of line \d+/)

  for (const [wrong, words] of [
    [text.replace('the shop', 'a shop'), /line \d+ was changed/],
    [text.split('\n').toSpliced(2, 1).join('\n'), /line 3 is missing/],
    [`${text}{}\n`, /line \d+ is no line of an audit log/],
  ]) {
    const found = await server.cli(['audit', 'verify', '-'], { input: wrong })
    assert.equal(found.code, 1)
    assert.match(found.stderr, words)
  }
  const cut = `${text.trimEnd().split('\n').slice(0, 2).join('\n')}\n`
  assert.equal((await server.cli(['audit', 'verify', '-'], { input: cut })).code, 0)
  const noticed = await server.cli(['audit', 'verify', '-', '--head', head], { input: cut })
  assert.match(noticed.stderr, /the end was cut off/)
})
