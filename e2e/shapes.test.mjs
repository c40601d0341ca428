// The page's contract is kept by hand; here it is held against the document that the server makes from its code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disagreements, pageTypes } from './lib/shapes.mjs'
import { start } from './lib/switchyard.mjs'

// Types that have no schema of their own name, and why.
const without = {
  Json: 'anything',
  Sentence: 'a list of parts, in its place',
  Page: 'a schema for each kind of page',
}

test('the page’s types say what /api/openapi.json says', async (t) => {
  const server = await start(t)
  const answer = await fetch(`${server.url}/api/openapi.json`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  const { schemas } = (await answer.json()).components
  const types = await pageTypes()
  const names = [...types.keys()].filter((name) => !without[name])
  const unnamed = names.filter((name) => !schemas[name])
  assert.deepEqual(unnamed, [], 'the page has types that the document does not name')
  const found = disagreements(types, schemas, names)
  assert.equal(found.length, 0, `\n${found.join('\n')}\n`)
})

test('a difference is seen', async () => {
  const types = await pageTypes()
  const schema = (properties, required) => ({ type: 'object', properties, required })
  const text = { type: 'string' }
  const member = { id: text, name: text, role: { enum: ['viewer', 'product', 'developer', 'operator', 'admin'] }, email: text, active: { type: 'boolean' }, teams: { type: 'array', items: text }, ways: { type: 'array', items: { enum: ['link', 'password', 'openId', 'token'] } } }
  const needed = ['id', 'name', 'role', 'active', 'teams', 'ways']
  const told = (properties, required = needed) => disagreements(types, { Member: schema(properties, required) }, ['Member'])
  assert.deepEqual(told(member), [])
  assert.match(told({ ...member, id: { type: 'integer' } })[0], /^Member.id: the page has string, the API number/)
  assert.match(told(member, ['id', 'name', 'role', 'teams', 'ways'])[0], /^Member.active: the API may leave it out/)
  assert.match(told({ ...member, team: text })[0], /^Member.team: the page does not know/)
  assert.match(told({ ...member, role: { enum: ['viewer'] } })[0], /the page knows “product”/)
})
