// What no good client sends. Whatever comes, the answer is right and the next client is served.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { start, until } from './lib/switchyard.mjs'
import { upstreams } from './lib/upstream.mjs'
import { manifests } from './lib/world.mjs'

/** A connection that is ended with the test. */
async function open(t, url) {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  // A reset is an answer too.
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Sends bytes and answers what comes back until the other side closes or one answer is whole. */
async function exchange(t, url, bytes) {
  const socket = await open(t, url)
  const reply = reading(socket)
  socket.write(bytes)
  return reply
}

function reading(socket) {
  return new Promise((done) => {
    let text = ''
    const finish = () => done({ status: Number(text.split(' ')[1] ?? 0), text })
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      const [head, body] = text.split('\r\n\r\n', 2)
      const length = /content-length: (\d+)/i.exec(head)?.[1]
      if (body !== undefined && length !== undefined && body.length >= Number(length)) finish()
    })
    socket.on('close', finish)
  })
}

const host = 'Host: shop.example\r\n'
const get = (path, headers = '') => `GET ${path} HTTP/1.1\r\n${host}${headers}Connection: close\r\n\r\n`
const latin = (text) => Buffer.from(text, 'latin1')

/** A server with two arms behind it, and a check that it still does its work. */
async function world(t) {
  const server = await start(t)
  const endpoints = await upstreams(t, ['new', 'old', 'popular', 'personal', 'fresh'])
  await server.post(server.inProject('/apply'), { manifests: manifests(endpoints), message: 'the world' })
  await until('the gateway has it', async () => (await fetch(`${server.gatewayUrl}/checkout`)).status === 200)
  const works = async (after) => {
    assert.equal(server.child.exitCode, null, `it ended after ${after}`)
    const through = await fetch(`${server.gatewayUrl}/checkout/pay`, { headers: { 'x-user': 'user-3' } })
    assert.equal((await through.json()).arm, 'new', `the gateway after ${after}`)
    assert.equal((await server.call('GET', '/session')).status, 200, `the API after ${after}`)
  }
  return { server, works }
}

test('requests that are none are refused by the gateway and the API alike', async (t) => {
  const { server, works } = await world(t)
  const doors = [server.gatewayUrl, server.url]
  const cases = [
    ['nonsense\r\n\r\n', [400]],
    ['GET\r\n\r\n', [400]],
    ['GET / HTTP/9.9\r\n\r\n', [400, 505]],
    ['G\u{0}T / HTTP/1.1\r\n\r\n', [400]],
    ['\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}', [400]],
    [get('/', 'X-Bad: a\u{1}b\r\n'), [400]],
    [get('/', 'X-Bad: a\u{0}b\r\n'), [400]],
    [get('/', 'X Bad: a\r\n'), [400]],
    [get('/', ': a\r\n'), [400]],
    [get('/a\u{1}b'), [400]],
    [`POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, [400]],
    [`POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, [400]],
    [get(`/${'a'.repeat(200_000)}`), [414, 431]],
    [get('/', `X-Long: ${'a'.repeat(500_000)}\r\n`), [431]],
  ]
  for (const door of doors) {
    for (const [bytes, allowed] of cases) {
      const { status, text } = await exchange(t, door, latin(bytes))
      // To close without a word is always allowed.
      if (text) assert.ok(allowed.includes(status), `${door} on ${JSON.stringify(bytes.slice(0, 60))}: ${text.slice(0, 300)}`)
    }
    await works(door)
  }
})

test('paths that could be read in two ways reach nobody', async (t) => {
  const { server, works } = await world(t)
  for (const path of ['/checkout/../secret', '/checkout/..', '/checkout/%2e%2E/secret', '/checkout/./x', '/checkout/a\\..\\b', '/checkout/a%5cb', '/checkout/a%00b', '/checkout/a%0d%0aX:b', '/checkout/%2f..%2f', '/checkout/%']) {
    const { status, text } = await exchange(t, server.gatewayUrl, latin(get(path)))
    assert.equal(status, 400, `${path}: ${text}`)
    assert.match(text, /application\/problem\+json/, path)
  }
  const page = await exchange(t, server.url, latin(get('/assets/../../../../etc/passwd')))
  assert.doesNotMatch(page.text, /root:/)
  const encoded = await exchange(t, server.url, latin(get('/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd')))
  assert.doesNotMatch(encoded.text, /root:/)
  await works('the paths')
})

test('what a client claims to be decided is not passed on', async (t) => {
  const { server } = await world(t)
  for (const name of ['switchyard-flags', 'Switchyard-Flags', 'switchyard-revision', 'switchyard-anything']) {
    const answer = await fetch(`${server.gatewayUrl}/checkout/pay`, {
      headers: { 'x-user': 'user-3', [name]: 'checkout=forged' },
    })
    const { arm, flags, headers } = await answer.json()
    assert.deepEqual([arm, flags], ['new', 'checkout=new'], name)
    assert.doesNotMatch(JSON.stringify(headers), /forged/, name)
  }
  // Naming it hop-by-hop does not take the gateway's own away either.
  const { text } = await exchange(
    t,
    server.gatewayUrl,
    `GET /checkout/pay HTTP/1.1\r\n${host}x-user: user-3\r\nConnection: close, switchyard-flags\r\nswitchyard-flags: checkout=forged\r\n\r\n`,
  )
  assert.match(text, /"flags":"checkout=new"/)
})

test('50 MB go through the gateway, and are too much for the API', async (t) => {
  const { server, works } = await world(t)
  const body = Buffer.alloc(50_000_000, 'x')
  const through = await fetch(`${server.gatewayUrl}/checkout/up`, { method: 'POST', body, headers: { 'x-user': 'user-3' } })
  assert.deepEqual([through.status, (await through.json()).bytes], [200, body.length])
  for (const path of [`/api/v1${server.inProject('/apply')}`, '/ofrep/v1/evaluate/flags/checkout']) {
    const door = path.startsWith('/api') ? server.token : server.sdkKey
    const headers = { authorization: `Bearer ${door}`, 'content-type': 'application/json' }
    const refused = await fetch(server.url + path, { method: 'POST', body, headers })
    assert.equal(refused.status, 413, `${path}: ${await refused.text()}`)
  }
  await works('50 MB')
})

test('clients that take their time hold nobody up', async (t) => {
  const { server, works } = await world(t)
  const slow = []
  for (const door of [server.gatewayUrl, server.url]) {
    for (let i = 0; i < 100; i++) {
      const socket = await open(t, door)
      // Half a head; a head with half a body; nothing at all.
      const part = [
        `GET /checkout HTTP/1.1\r\nHost: sh`,
        `POST /checkout HTTP/1.1\r\n${host}Content-Length: 1000\r\n\r\nhalf`,
        '',
      ][i % 3]
      socket.write(part)
      slow.push(socket)
    }
  }
  for (let i = 0; i < 20; i++) await works('200 slow clients')
  // And the one that was slow is served when it comes to its end.
  const late = slow[1]
  const reply = reading(late)
  for (const piece of ['.'.repeat(500), '.'.repeat(496)]) {
    late.write(piece)
    await works('a piece')
  }
  const { status, text } = await reply
  assert.equal(status, 200, text)
  assert.match(text, /"bytes":1000/)
})

test('half a head is not waited for forever', async (t) => {
  const { server, works } = await world(t)
  const socket = await open(t, server.gatewayUrl)
  socket.resume()
  socket.write(`GET /checkout HTTP/1.1\r\nHost: sh`)
  await until('it is closed', () => socket.destroyed, { seconds: 60 })
  await works('half a head')
})

test('the API refuses what is no JSON, no change, or too deep, with its place', async (t) => {
  const { server, works } = await world(t)
  const send = async (path, body, headers = {}) => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json', ...headers },
    })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  const changes = server.inProject('/changes')
  const target = { environment: 'production', kind: 'targeting', key: 'checkout' }
  const deep = '['.repeat(200_000)
  const cases = [
    ['{', 400],
    ['', 400],
    [deep, 400],
    [`{"edits":${deep}`, 400],
    [Buffer.from([0x7b, 0xff, 0xfe]), 400],
    ['[]', 422],
    ['{"edits":7}', 422],
    [JSON.stringify({ edits: [{ target, op: { type: 'explode' } }] }), 422],
    [JSON.stringify({ edits: [{ target, op: { type: 'setServe', serve: { variation: 1e300 } } }] }), 422],
  ]
  for (const [body, status] of cases) {
    const said = await send(changes, body)
    const shown = String(body).slice(0, 60)
    assert.ok([400, 422].includes(said.status), `${shown}: ${said.status} ${said.text.slice(0, 300)}`)
    assert.equal(said.status, status, `${shown}: ${said.text.slice(0, 300)}`)
    assert.match(said.type, /application\/problem\+json/, shown)
  }
  const check = await send(`${changes}/check`, JSON.stringify({ edits: [{ target, op: { type: 'setServe', serve: { variation: 99 } } }] }))
  assert.ok(check.status === 422 || JSON.parse(check.text).ok === false, check.text)
  for (const authorization of ['', 'Bearer', 'Bearer \u00ff', `Basic ${server.token}`, `Bearer ${server.token}x`]) {
    assert.equal((await send(changes, '{"edits":[]}', { authorization })).status, 401, authorization)
  }
  await works('bad bodies')
})
