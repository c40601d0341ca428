// Signing in: with a password in a browser, and at a real OpenID Connect provider, which then says what it should not.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { launch, visit } from './lib/browser.mjs'
import { clientId, clientSecret, newKey, provider, sealed, signed, unsigned, Visitor } from './lib/provider.mjs'
import { serve } from './lib/server.mjs'
import { cli, folder, until } from './lib/switchyard.mjs'

const password = 'correct horse battery'
let browser
before(async () => (browser = await launch()))
after(() => browser.close())

/** A server that relies on a provider, an admin who asks, and somebody at the provider. */
async function world(t, { args = [], ...options } = {}) {
  const id = await provider(t, options)
  const secret = join(folder(t), 'secret')
  writeFileSync(secret, `${clientSecret}\n`)
  const server = await serve(t, [
    ...['--openid-issuer', id.issuer, '--openid-client-id', clientId, '--openid-client-secret-file', secret],
    ...['--openid-name', 'Lobby', '--openid-roles', 'ops=operator,all=viewer', ...args],
  ])
  await id.relyOn(server.url)
  id.people.tom = { email: 'tom@shop.example', email_verified: true, name: 'Tom', groups: ['all', 'ops'] }
  const admin = await signedIn(server)
  return { id, server, admin }
}

/** The first admin, by the printed link. */
async function signedIn(server) {
  const visitor = new Visitor()
  const here = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const token = new URL(server.link).searchParams.get('token')
  const entered = await visitor.go(`${server.url}/api/v1/session`, { method: 'POST', body: JSON.stringify({ token }), headers: here })
  assert.equal(entered.status, 200, entered.text)
  return async (method, path, body) => {
    const answer = await visitor.go(`${server.url}/api/v1${path}`, { method, body: body && JSON.stringify(body), headers: here })
    return { status: answer.status, body: answer.text ? JSON.parse(answer.text) : undefined }
  }
}

const who = async (server, visitor) => {
  const answer = await visitor.go(`${server.url}/api/v1/session`)
  return answer.status === 200 ? JSON.parse(answer.text).member : answer.status
}

/** Goes all the way; where it ends. */
async function enter(server, id, visitor = new Visitor(), login = 'tom') {
  const back = await visitor.atProvider(id.issuer, login, server.url)
  const { to } = await visitor.go(back)
  return { to, back, visitor, failed: new URL(to).searchParams.get('failed') }
}

for (const inIdToken of [true, false]) {
  test(`groups of a real provider say who comes in as what, ${inIdToken ? 'from the ID token' : 'from the user info'}`, async (t) => {
    const { id, server, admin } = await world(t, { inIdToken })
    const first = await enter(server, id)
    assert.equal(first.to, `${server.url}/p/shop/production/flags?q=a`, 'to where it began')
    const tom = await who(server, first.visitor)
    assert.deepEqual([tom.name, tom.role, tom.email, tom.ways], ['Tom', 'operator', 'tom@shop.example', ['openId']])

    id.people.tom.groups = ['all']
    await enter(server, id)
    assert.equal((await who(server, first.visitor)).role, 'viewer', 'in sessions from before too')
    id.people.tom.groups = []
    assert.equal((await enter(server, id)).failed, 'groups')
    assert.equal(await who(server, first.visitor), 401, 'who is in no group any more is out everywhere')
    id.people.tom.groups = ['ops']
    const again = await enter(server, id)
    assert.equal((await who(server, again.visitor)).id, tom.id, 'and is themself when they come back')

    const sentences = (await admin('GET', '/audit?limit=50')).body.items.map(({ whoName, sentence }) => `${whoName} ${sentence}`)
    for (const said of ['Tom signed in at the provider', 'Lobby added member Tom as operator'])
      assert.ok(sentences.some((each) => each === said || each.endsWith(said.replace('Lobby ', ''))), `${said} is not in\n${sentences.join('\n')}`)
  })
}

test('an answer counts once, for the browser that asked', async (t) => {
  const { id, server } = await world(t)
  const { back, visitor } = await enter(server, id)
  const flow = (from) => from.cookies.get(server.url)
  const failed = async (visitor, url) => new URL((await visitor.go(url)).to).searchParams.get('failed')

  assert.equal(await failed(visitor, back), 'not-begun', 'the browser has forgotten it')
  const other = new Visitor()
  const theirs = await other.atProvider(id.issuer, 'tom', server.url)
  const kept = new Map(flow(other))
  assert.equal(await failed(new Visitor(), theirs), 'not-begun', 'a browser that did not ask')
  const third = new Visitor()
  await third.go(`${server.url}/api/v1/session/provider`)
  assert.equal(await failed(third, theirs), 'not-begun', 'one that asked something else')
  const forged = new URL(theirs)
  forged.searchParams.set('iss', 'https://evil.example')
  assert.equal(await failed(other, forged), 'unbelievable', 'another provider')
  other.cookies.set(server.url, new Map(kept))
  assert.equal((await other.go(theirs)).to, `${server.url}/p/shop/production/flags?q=a`)
  other.cookies.set(server.url, new Map(kept))
  assert.equal(await failed(other, theirs), 'refused', 'a code that was used, with all that belonged to it')
  assert.equal(await failed(new Visitor(), `${server.url}/api/v1/session/provider/callback?error=access_denied`), 'not-begun')
})

test('what a provider should not say is not believed', async (t) => {
  const { id, server } = await world(t)
  const now = () => Math.floor(Date.now() / 1000)
  const evil = await newKey('key-1')
  const lies = {
    'another nonce': (claims, key) => signed({ ...claims, nonce: 'other' }, key),
    'no nonce': ({ nonce, ...claims }, key) => signed(claims, key),
    'for somebody else': (claims, key) => signed({ ...claims, aud: 'other' }, key),
    'for somebody else too': (claims, key) => signed({ ...claims, aud: [clientId, 'other'] }, key),
    'of another issuer': (claims, key) => signed({ ...claims, iss: 'https://evil.example' }, key),
    'over for two minutes': (claims, key) => signed({ ...claims, exp: now() - 120 }, key),
    'from the future': (claims, key) => signed({ ...claims, iat: now() + 300 }, key),
    'kept for an hour': (claims, key) => signed({ ...claims, iat: now() - 3600 }, key),
    'signed by nobody': (claims) => unsigned(claims),
    'sealed with our secret': (claims) => sealed(claims),
    'signed by somebody else': (claims) => signed(claims, evil),
    'with another access token': (claims, key) => signed({ ...claims, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }, key),
    'no token at all': () => 'none',
  }
  for (const [lie, tamper] of Object.entries(lies)) {
    await t.test(lie, async () => {
      id.tamper = tamper
      const { failed, visitor } = await enter(server, id)
      assert.equal(failed, 'unbelievable')
      assert.equal(await who(server, visitor), 401)
    })
  }
})

test('clocks may differ a little, keys are renewed, and a provider that is down stops nobody else', async (t) => {
  const { id, server } = await world(t)
  const now = () => Math.floor(Date.now() / 1000)
  id.tamper = (claims, key) => signed({ ...claims, exp: now() - 20, iat: now() + 20 }, key)
  assert.equal((await enter(server, id)).failed, null, 'a clock that is 20 s off')
  id.tamper = undefined
  await id.rotate()
  assert.equal((await enter(server, id)).failed, null, 'another key than the one that was known')

  id.people.eve = { email: 'eve@shop.example', email_verified: false, name: 'Eve', groups: ['all'] }
  const eve = await enter(server, id, new Visitor(), 'eve')
  assert.equal((await who(server, eve.visitor)).email, undefined, 'an address that is not verified is nobody’s')

  const began = new Visitor()
  const back = await began.atProvider(id.issuer, 'tom', server.url)
  await id.stop()
  const down = new URL((await began.go(back)).to)
  assert.equal(down.searchParams.get('failed'), 'unreachable')
  const ways = JSON.parse((await began.go(`${server.url}/api/v1/session/ways${down.search.replace(/&.*/, '')}`)).text)
  assert.deepEqual(ways, { password: true, provider: 'Lobby', failed: 'Lobby does not answer now. Try again, or sign in another way.' })
  await id.start()
  assert.equal((await enter(server, id)).failed, null)
  assert.doesNotMatch(server.said, new RegExp(clientSecret), 'no secret is in the log')
})

test('a server that relies on a provider starts while it is down, and says so', async (t) => {
  const secret = join(folder(t), 'secret')
  writeFileSync(secret, clientSecret)
  const server = await serve(t, ['--openid-issuer', 'http://127.0.0.1:9', '--openid-client-id', 'x', '--openid-client-secret-file', secret])
  const { to } = await new Visitor().go(`${server.url}/api/v1/session/provider`)
  assert.equal(new URL(to).searchParams.get('failed'), 'unreachable')
  await signedIn(server)

  const wrong = await cli(['server', '--data', folder(t), '--openid-issuer', 'http://id.example', '--openid-roles', 'ops=king', '--session-days', '0'])
  assert.equal(wrong.code, 1)
  for (const mistake of ['issuer:', 'clientId:', 'roles:', 'signIn.days:']) assert.match(wrong.stderr, new RegExp(mistake))
})

test('a browser: the provider’s own pages, then a password, sessions and their end', async (t) => {
  const { id, server, admin } = await world(t)
  const clean = async (page) => {
    const { violations } = await new AxeBuilder({ page }).analyze()
    assert.deepEqual(violations.map((each) => `${each.id}: ${each.nodes.map(({ target }) => target)}`), [])
  }
  const { context, page } = await visit(browser)
  t.after(() => context.close())

  await page.goto(`${server.url}/p/shop/production/flags`)
  await page.getByRole('link', { name: 'Sign in with Lobby' }).waitFor()
  await clean(page)
  await page.getByRole('link', { name: 'Sign in with Lobby' }).click()
  await page.locator('input[name=login]').fill('tom')
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { level: 1, name: 'Flags' }).waitFor()

  await page.getByRole('button', { name: 'Tom: menu' }).click()
  await page.getByRole('menuitem', { name: 'Your account' }).click()
  await page.getByLabel('A password').fill('short')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('is too short').waitFor()
  await page.getByLabel('A password').fill(password)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('It is set, and your other sessions have ended.').waitFor()
  await clean(page)

  const second = await visit(browser)
  t.after(() => second.context.close())
  const form = second.page
  await form.goto(`${server.url}/sign-in`)
  await form.getByLabel('E-mail').fill('tom@shop.example')
  await form.getByLabel('Password').fill('wrong horse battery')
  await form.getByRole('button', { name: 'Sign in', exact: true }).click()
  await form.getByRole('alert').getByText('E-mail and password do not go together').waitFor()
  await form.getByLabel('Password').fill(password)
  await form.getByRole('button', { name: 'Sign in', exact: true }).click()
  await form.getByRole('button', { name: 'Tom: menu' }).waitFor()

  await page.reload()
  const rows = page.getByRole('group', { name: 'Your sessions' }).getByRole('row')
  await until('both sessions are there', async () => (await rows.count()) === 3)
  await page.getByRole('button', { name: 'End all others' }).click()
  await until('only this one is left', async () => (await rows.count()) === 2)
  await form.reload()
  await form.getByRole('heading', { name: 'Sign in' }).waitFor()

  assert.deepEqual((await admin('GET', '/sessions')).body.map(({ whoName, way }) => [whoName, way]).sort(), [
    ['Admin', 'link'],
    ['Tom', 'openId'],
  ])
})
