// The Redis of big segments: with TLS and a user; down, refused, a replica; what is told of it; and who is erased.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { launch, visit } from './lib/browser.mjs'
import { binary, folder, start, until } from './lib/switchyard.mjs'

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** A CA, and a certificate of its for localhost. */
function certificates(dir) {
  const at = (name) => join(dir, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-subj', '/CN=Test CA']
  openssl('req', '-x509', ...key, ...ca, '-keyout', at('ca.key'), '-out', at('ca.pem'))
  openssl('req', ...key.filter((each) => !['-days', '1'].includes(each)), '-subj', '/CN=localhost', '-keyout', at('redis.key'), '-out', at('redis.csr'))
  writeFileSync(at('ext'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n')
  openssl('x509', '-req', '-in', at('redis.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '1', '-extfile', at('ext'), '-out', at('redis.pem'))
  return { ca: at('ca.pem'), cert: at('redis.pem'), key: at('redis.key') }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

/** redis-server in `dir`, reached by its socket too; ready when this resolves. */
async function redisServer(t, dir, args) {
  const socket = join(dir, 'redis.sock')
  const child = spawn('redis-server', ['--unixsocket', socket, '--save', '', '--dir', dir, ...args], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const end = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(end)
  const cli = (...asked) => execFileSync('redis-cli', ['-s', socket, ...asked], { encoding: 'utf8' }).trim()
  await until('Redis answers', () => cli('PING') === 'PONG')
  return { socket, cli, end }
}

async function withList(t, args, lines = ['ann', 'bob', 'cid']) {
  const server = await start(t, { args })
  const dir = folder(t)
  const upload = async (keys, ...more) => {
    const at = join(dir, 'keys.csv')
    writeFileSync(at, `${keys.join('\n')}\n`)
    const done = await server.cli(['segment', 'upload', 'customers', at, '-e', 'production', '--reason', 'list', ...more])
    assert.equal(done.code, 0, done.stderr)
  }
  await upload(lines)
  const told = () => server.get(`/projects/${server.project}/environments/production/big-segments`)
  const metrics = async () => {
    const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.token}` } })
    return answer.text()
  }
  return { server, upload, told, metrics }
}

const inStep = (told) => until('Redis is in step', async () => {
  const view = await told()
  return view.store.state === 'inStep' && view.segments[0].store.state === 'inStep' ? view : undefined
})
const failing = (told) => until('it says why not', async () => {
  const { store } = await told()
  return store.state === 'failing' ? store : undefined
})

test('with TLS, a private CA, a user, a password and a database', async (t) => {
  const dir = folder(t)
  const { ca, cert, key } = certificates(dir)
  const port = await freePort()
  const acl = ['--user', 'writer', 'on', '>s3cret', '~switchyard:*', '+@read', '+@write', '+@connection']
  const redis = await redisServer(t, dir, [
    '--port', '0', '--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key,
    '--tls-ca-cert-file', ca, '--tls-auth-clients', 'no', ...acl,
  ])
  const url = `rediss://writer:s3cret@localhost:${port}/3`
  const { server, upload, told, metrics } = await withList(t, ['--big-segments-redis', url, '--big-segments-redis-ca', ca])
  const view = await inStep(told)
  assert.equal(view.store.address, `localhost:${port} (TLS)`)
  assert.equal(view.store.prefix, `switchyard:${server.project}:production`)
  assert.match(redis.cli('-n', '3', 'DBSIZE'), /^[1-9]/)
  assert.equal(redis.cli('-n', '0', 'DBSIZE'), '0')
  await upload(['dee'], '--mode', 'add')
  const then = await until('it follows', async () => {
    const now = await told()
    return now.segments[0].list.included === 4 && now.segments[0].store.state === 'inStep' ? now : undefined
  })
  assert.ok(then.store.inStepAt)
  const text = await metrics()
  assert.match(text, /switchyard_big_segments_redis_in_step\{project="[^"]+",environment="production"\} 1/)
  assert.match(text, /switchyard_big_segments_redis_in_step_timestamp_seconds\{[^}]*"production"\} 1[0-9.e]+/)
  assert.match(text, /switchyard_lists_removed_total\{?\}? 0/)

  // Without the CA nobody vouches for it; what it says holds no password.
  const alone = await withList(t, ['--big-segments-redis', url])
  const { failed } = await failing(alone.told)
  assert.match(failed.why, /is from nobody who is trusted here/)
  assert.match(failed.hint, /--big-segments-redis-ca/)
  assert.ok(!JSON.stringify(await alone.told()).includes('s3cret'))
  assert.ok(!alone.server.complained.includes('s3cret'))
})

test('who must do what, where Redis does not take it', async (t) => {
  const dir = folder(t)
  const port = await freePort()
  const acl = ['--user', 'default', 'on', '>open', '~*', '+@all', '--user', 'reader', 'on', '>s3cret', '~*', '+@read', '+@connection']
  const args = ['--port', String(port), ...acl]
  const child = spawn('redis-server', ['--save', '', '--dir', dir, ...args], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const cli = (...asked) =>
    execFileSync('redis-cli', ['-p', String(port), '--no-auth-warning', '-a', 'open', ...asked], { encoding: 'utf8' }).trim()
  await until('Redis answers', () => cli('PING') === 'PONG')
  const at = `127.0.0.1:${port}`
  const cases = [
    [`redis://${at}`, /asks for a password/, /redis:\/\/USER:PASSWORD@HOST:PORT/],
    [`redis://:wrong@${at}`, /does not take the user and the password/, /correct them/],
    [`redis://reader:s3cret@${at}`, /may not do all of it/, /ACL SETUSER/],
    [`redis://:open@${at}/99`, /has no database of that number/, /number at the end/],
    [`rediss://:open@localhost:${port}`, /does not answer/, /where it speaks no TLS write redis:\/\//],
  ]
  await Promise.all(
    cases.map(async ([url, why, hint]) => {
      const { told, server } = await withList(t, ['--big-segments-redis', url])
      const { failed, failingSince, behind } = await failing(told)
      assert.match(failed.why, why, url)
      assert.match(failed.hint, hint, url)
      assert.ok(failingSince && behind === 1, url)
      assert.doesNotMatch(JSON.stringify(await told()) + server.complained, /wrong@|s3cret|:open@/, url)
    }),
  )
  // It becomes a replica of nobody while it runs; and then a primary again: nobody has to start anything.
  const { told, upload, metrics } = await withList(t, ['--big-segments-redis', `redis://:open@${at}`])
  await inStep(told)
  cli('REPLICAOF', '127.0.0.1', '1')
  await upload(['dee', 'eve'], '--mode', 'add')
  const replica = await failing(told)
  assert.match(replica.failed.why, /is a replica, and takes no writes/)
  assert.match(replica.failed.hint, /name the primary/)
  const late = (await told()).segments[0].store
  assert.deepEqual([late.state, late.toAdd, late.toRemove], ['behind', 2, 0])
  const text = await metrics()
  assert.match(text, /redis_in_step\{[^}]*"production"\} 0/)
  assert.match(text, /redis_keys_behind\{[^}]*"production"\} 2/)
  assert.match(text, /redis_failures_total\{[^}]*"production"\} [1-9]/)
  cli('REPLICAOF', 'NO', 'ONE')
  await inStep(told)
  cli('CONFIG', 'SET', 'maxmemory', '1')
  await upload(['fay'], '--mode', 'add')
  assert.match((await failing(told)).failed.why, /has no memory left/)
  cli('CONFIG', 'SET', 'maxmemory', '0')
  await inStep(told)
  child.kill('SIGSTOP')
  await upload(['gus'], '--mode', 'add')
  assert.match((await failing(told)).failed.why, /does not answer/)
  child.kill('SIGCONT')
  await inStep(told)
})

test('bad settings are told before anything starts, without what is secret', async (t) => {
  const data = folder(t)
  const run = (...args) => {
    try {
      execFileSync(binary, ['dev', '--no-demo', '--port', '0', '--gateway-port', '0', '--data', data, ...args], { stdio: 'pipe' })
    } catch (error) {
      return error.stderr.toString()
    }
    throw new Error('it started')
  }
  assert.match(run('--big-segments-redis', 'http://s3cret@redis'), /bigSegmentsRedis: is no URL of a Redis; write it as redis:\/\//)
  assert.match(run('--big-segments-redis', 'rediss://h', '--big-segments-redis-ca', '/nowhere'), /bigSegmentsRedisCa: \/nowhere/)
  assert.match(run('--big-segments-redis-ca', '/nowhere'), /there is no bigSegmentsRedis/)
  assert.doesNotMatch(run('--big-segments-redis', 'redis://x:s3cret@h/no'), /s3cret/)
})

test('who is erased is in no list, no Redis and no sample, and the page says so', async (t) => {
  const dir = folder(t)
  const redis = await redisServer(t, dir, ['--port', '0'])
  const { server, upload, told } = await withList(t, ['--big-segments-redis', `redis+unix://${redis.socket}`])
  const withBob = (await server.get(server.inProject('/revisions'))).items[0].number
  await inStep(told)
  const members = () => redis.cli('KEYS', '*include*').split('\n').filter(Boolean).length
  assert.equal(members(), 3)
  const refused = await server.cli(['segment', 'erase', 'bob'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /is included by a list that is in force/)
  assert.match(refused.stderr, /segment upload customers - -p \S+ -e production --side included --mode remove/)
  // He is seen, and is found among those who are served.
  const seen = async () => (await server.get(`/projects/${server.project}/environments/production/contexts?q=bob`)).contexts.length
  await fetch(`${server.url}/ofrep/v1/evaluate/flags`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.sdkKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ context: { targetingKey: 'bob' } }),
  })
  await until('he was seen', seen)

  await upload(['bob'], '--mode', 'remove')
  await inStep(told)
  const would = await server.cli(['segment', 'erase', '-', '--dry-run'], { input: 'bob\n' })
  assert.match(would.stdout, /would be erased from 1 lists/)
  const done = await server.cli(['segment', 'erase', '-'], { input: 'bob\n' })
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /erased from 1 lists, and 1 samples/)
  assert.equal(await seen(), 0)
  assert.equal(members(), 2)
  const { items } = await server.get('/audit?what=key.erase')
  assert.equal(items[0].sentence, "erased somebody's key from 1 lists")

  // Restored, the list is as it was: without him.
  await server.end('SIGKILL')
  const again = await start(t, { data: server.data, args: ['--big-segments-redis', `redis+unix://${redis.socket}`] })
  await again.post(again.inProject(`/revisions/${withBob}/restore`), { reason: 'back', environment: 'production' })
  const down = await again.cli(['segment', 'download', 'customers', '-e', 'production'])
  assert.deepEqual(down.stdout.trim().split('\n'), ['ann', 'cid'])
  const now = () => again.get(`/projects/${again.project}/environments/production/big-segments`)
  const view = await inStep(now)
  assert.equal(view.segments[0].erased, 1)
  assert.equal(members(), 2)

  const browser = await launch()
  again.closing.push(() => browser.close())
  const { page } = await visit(browser, { server: again })
  await page.goto(`${again.url}/p/${again.project}/production/segments?key=customers`)
  await page.getByText('Big list: 3 keys in').click()
  await page.getByText('1 key was erased from it since it was uploaded').waitFor()
  const standing = page.getByRole('status', { name: 'In Redis' })
  await standing.getByText('Redis has these keys.').waitFor()
  await redis.end()
  await standing.getByText("can't be reached").waitFor({ timeout: 60_000 })
  await standing.getByText('Start it, or correct --big-segments-redis').waitFor()
  // Also where it is folded away.
  await page.locator('summary').getByText('Redis is not in step').waitFor()
  const blocked = await again.cli(['segment', 'erase', 'ann2'])
  assert.match(blocked.stderr, /may still be in Redis/)
  assert.deepEqual(page.faults, [])
})
