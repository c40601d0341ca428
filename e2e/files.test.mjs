// The configuration as files: what differs, and where each mistake stands.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { start } from './lib/switchyard.mjs'

const shop = resolve(import.meta.dirname, '../examples/shop')

test('diff says what differs, with exit codes for scripts; mistakes have their lines', async (t) => {
  const server = await start(t)
  const applied = await server.cli(['apply', '-f', shop])
  assert.equal(applied.code, 0, applied.stderr)
  const folder = join(server.data, 'files')
  assert.equal((await server.cli(['export', '--to', folder])).code, 0)

  const same = await server.cli(['diff', '-f', folder])
  assert.deepEqual([same.code, same.stderr], [0, ''])
  assert.match(same.stdout, /^the same: \d+ resources in files, and all is so at r1\n$/)

  const file = join(folder, 'production/targeting/checkout-v2.yaml')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('on: true', 'on: false'))
  const differs = await server.cli(['diff', '-f', folder, '--technical'])
  assert.deepEqual([differs.code, differs.stderr], [1, ''])
  assert.match(differs.stdout, /^\[production\] checkout-v2: turned off\n {4}on\n {4}- true\n {4}\+ false\n$/)
  const json = await server.cli(['diff', '-f', folder, '--output', 'json'])
  assert.deepEqual([json.code, JSON.parse(json.stdout).edits.length], [1, 1])
  writeFileSync(file, text)

  await t.test('what can’t be read, of all files at once', async () => {
    const bad = join(server.data, 'bad')
    mkdirSync(bad)
    writeFileSync(join(bad, 'a.yaml'), 'kind: flag\nkey: [1, 2\n')
    writeFileSync(join(bad, 'b.json'), '{"kind": "flag",\n  "key": }')
    for (const command of ['apply', 'diff']) {
      const { code, stdout, stderr } = await server.cli([command, '-f', bad])
      assert.deepEqual([code, stdout], [command === 'diff' ? 2 : 1, ''])
      assert.match(stderr, /bad\/a\.yaml:3:1: is no YAML/)
      assert.match(stderr, /bad\/b\.json:2:10: is no JSON: expected value/)
    }
  })

  await t.test('what has the wrong shape, and what the server refuses', async () => {
    const shape = join(server.data, 'shape.yaml')
    writeFileSync(shape, 'kind: flag\nkey: f\nvariations:\n- id: on\n  value: true\n  valu: 1\n---\nkind: flag\nkey: g\nvariations: 7\n')
    const misshapen = await server.cli(['apply', '-f', shape])
    assert.equal(misshapen.code, 1)
    assert.match(misshapen.stderr, /shape\.yaml:6:3: variations\[0\]\.valu is unknown here/)
    assert.match(misshapen.stderr, /shape\.yaml:10:1: variations invalid type/)

    const wrong = join(server.data, 'wrong.yaml')
    writeFileSync(wrong, text.replace('on: true', 'on: true\nprerequisites:\n- key: no-such-flag\n  variation: 0'))
    const refused = await server.cli(['diff', '-f', wrong])
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /wrong\.yaml:\d+:\d+: prerequisites.*no-such-flag/)
  })
  assert.equal((await server.cli(['diff', '-f', folder])).code, 0)
})
