// A project and a Git repository, by the command line and over kills.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder, start } from './lib/switchyard.mjs'

const revisions = Number(process.env.SWITCHYARD_GIT_REVISIONS ?? 300)

function git(cwd, ...args) {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const set = ['-c', 'user.name=Eve', '-c', 'user.email=eve@shop.example', '-c', 'init.defaultBranch=main']
  return execFileSync('git', [...set, ...args], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function remote(t) {
  const at = join(folder(t), 'remote.git')
  git(join(at, '..'), 'init', '--quiet', '--bare', at)
  return at
}

const numbers = (at) =>
  git(at, 'log', '--reverse', '--format=%(trailers:key=Switchyard-Revision,valueonly,separator=%x2C)', 'main')
    .trim()
    .split('\n')
    .map(Number)

test('a long history is written while the server is killed: each revision once, in order', async (t) => {
  const at = remote(t)
  let server = await start(t)
  const flag = (n) => ({
    kind: 'flag',
    key: 'banner',
    description: `the ${n}th`,
    variations: [
      { id: 'on', value: true },
      { id: 'off', value: false },
    ],
  })
  for (let n = 1; n <= revisions; n += 1) {
    await server.post(server.inProject('/apply'), { manifests: [flag(n)], message: `the ${n}th` })
  }
  const settings = { url: `file://${at}`, mirror: 'main', everySeconds: 5 }
  const put = await server.call('PUT', server.inProject('/git'), settings)
  assert.equal(put.status, 200, JSON.stringify(put.body))
  // Killed at once, while it looks, and while it is written.
  for (const wait of [0, 40, 200]) {
    await new Promise((done) => setTimeout(done, wait))
    await server.end('SIGKILL')
    server = await start(t, { data: server.data })
  }
  const synced = await server.cli(['git', 'sync'])
  assert.equal(synced.code, 0, synced.stdout + synced.stderr)
  assert.match(synced.stdout, new RegExp(`mirror: main is at r${revisions} of r${revisions}`))
  assert.deepEqual(
    numbers(at),
    Array.from({ length: revisions }, (_, n) => n + 1),
  )
  git(at, 'fsck', '--strict')

  // Into another repository the same history makes the same commits.
  const other = remote(t)
  const begun = performance.now()
  const again = await server.cli(['git', 'connect', `file://${other}`, '--mirror', 'main'])
  t.diagnostic(`${revisions} revisions written at once: ${Math.round(performance.now() - begun)} ms`)
  assert.equal(again.code, 0, again.stdout + again.stderr)
  assert.equal(git(other, 'rev-parse', 'main'), git(at, 'rev-parse', 'main'))
})

test('by the command line: connect, propose, hear back, apply, drift, disconnect', async (t) => {
  const at = remote(t)
  const server = await start(t)
  const none = await server.cli(['git', 'status'])
  assert.match(none.stdout, /no repository/)
  const mistakes = await server.cli(['git', 'connect', 'https://ann:secret@git.example/x', '--mirror', 'a..b'])
  assert.equal(mistakes.code, 1)
  assert.match(mistakes.stderr, /has a user or a password in it/)
  assert.doesNotMatch(mistakes.stderr + mistakes.stdout, /secret/)

  const files = join(server.data, 'shop.yaml')
  writeFileSync(
    files,
    'kind: flag\nkey: banner\nvariations: [{id: on, value: true}, {id: off, value: false}]\n---\n' +
      'kind: targeting\nenvironment: production\nkey: banner\nmanagedBy: git\nfallthrough: {variation: 0}\noffVariation: 1\n',
  )
  assert.equal((await server.cli(['apply', '-f', files])).code, 0)
  const connected = await server.cli(['git', 'connect', `file://${at}`, '--mirror', 'main', '--proposals', 'proposals/'])
  assert.equal(connected.code, 0, connected.stdout + connected.stderr)
  assert.match(connected.stdout, /mirror: main is at r1 of r1/)

  const clone = join(folder(t), 'clone')
  git(server.data, 'clone', '--quiet', at, clone)
  const banner = join(clone, 'production/targeting/banner.yaml')
  writeFileSync(banner, readFileSync(banner, 'utf8').replace('on: false', 'on: true'))
  git(clone, 'commit', '--quiet', '-am', 'Turn the banner on')
  git(clone, 'push', '--quiet', 'origin', 'HEAD:proposals/on')
  const proposed = await server.cli(['git', 'sync'])
  assert.match(proposed.stdout, /proposals\/on +[0-9a-f]{10} +open +C-1 waits to be applied\./)

  const refused = await server.cli(['flag', 'set', 'banner', '--split', 'on=50,off=50'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /production\/targeting\/banner is managed by Git: change it there/)
  const applied = await server.cli(['change', 'apply', 'C-1'])
  assert.equal(applied.code, 0, applied.stderr)
  const after = await server.cli(['git', 'sync'])
  assert.match(after.stdout, /main is at r2 of r2/)
  assert.match(after.stdout, /applied +C-1 is applied as r2\./)
  git(clone, 'fetch', '--quiet', 'origin', 'refs/notes/switchyard:refs/notes/switchyard')
  assert.match(git(clone, 'notes', '--ref=switchyard', 'show', 'HEAD'), /^Switchyard: C-1 is applied as r2\./)

  // A branch that is followed, and a switch in an emergency.
  git(clone, 'push', '--quiet', 'origin', 'HEAD:config')
  const follows = await server.cli(['git', 'connect', `file://${at}`, '--follow', 'config', '--output', 'json'])
  assert.deepEqual(JSON.parse(follows.stdout).drift, [])
  assert.equal((await server.cli(['flag', 'off', 'banner'])).code, 0)
  const drifts = await server.cli(['git', 'sync'])
  assert.equal(drifts.code, 1)
  assert.match(drifts.stdout, /what Git would make of what it manages:\n {2}\[production\] banner: turned on\n/)
  const taken = await server.cli(['git', 'take-over', 'production/targeting/banner', '--reason', 'ours again'])
  assert.match(taken.stdout, /banner: is taken over from Git/, taken.stderr)
  assert.equal((await server.cli(['flag', 'set', 'banner', '--split', 'on=50,off=50'])).code, 0)
  const unknown = await server.cli(['git', 'hand-over', 'banner'])
  assert.match(unknown.stderr, /is no resource's name/)
  const handed = await server.cli(['git', 'hand-over', 'production/targeting/banner', 'flag/banner'])
  assert.equal(handed.code, 0, handed.stderr)
  assert.equal((await server.cli(['git', 'disconnect'])).code, 0)
  assert.match((await server.cli(['git', 'status'])).stdout, /no repository/)
})
