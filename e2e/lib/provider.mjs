// A real OpenID Connect provider (the certified `oidc-provider`) in this process, with people and groups that a test
// changes, and with a hand on its ID tokens: what a broken or a false provider would say.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'

export const clientId = 'switchyard'
export const clientSecret = 'of-switchyard-at-the-provider'

const newKey = async (kid) => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' } }
}

/** Listens at once, so that its issuer is known; it serves after `relyOn`. `inIdToken`: whether claims are there, or in the user info. */
export async function provider(t, { inIdToken = false } = {}) {
  // It says so on each Node that is not the newest.
  const { default: Provider } = await quietly(() => import('oidc-provider'))
  const server = createServer((request, response) => running.answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.listening && running.stop())
  const issuer = `http://127.0.0.1:${server.address().port}`
  let redirect
  let generation = 0

  const running = {
    issuer,
    /** Who can sign in, by login: e-mail, whether it is verified, name, groups. */
    people: {},
    /** Given an ID token's claims and key, answers the token to send in its place. */
    tamper: undefined,
    key: undefined,
    answer: (_, response) => response.writeHead(503).end(),
    async relyOn(url) {
      redirect = `${url}/api/v1/session/provider/callback`
      await running.rotate()
    },
    /** Begins anew with another key, as providers do from time to time. */
    async rotate() {
      running.key = await newKey(`key-${++generation}`)
      const it = new Provider(issuer, {
        clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirect], grant_types: ['authorization_code'] }],
        jwks: { keys: [running.key.jwk] },
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
        conformIdTokenClaims: !inIdToken,
        cookies: { keys: ['of the cookies'] },
        findAccount: (_, id) =>
          running.people[id] && { accountId: id, claims: () => ({ sub: id, ...running.people[id] }) },
        ttl: { Session: 600, Grant: 600, Interaction: 600, AccessToken: 600, IdToken: 600 },
      })
      it.use(async (context, next) => {
        await next()
        if (running.tamper && context.path === '/token' && context.body?.id_token)
          context.body = { ...context.body, id_token: await running.tamper(decodeJwt(context.body.id_token), running.key) }
      })
      running.answer = it.callback()
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
    async start() {
      server.listen(Number(new URL(issuer).port), '127.0.0.1')
      await once(server, 'listening')
    },
  }
  return running
}

/** An ID token of these claims, signed as the provider would. */
export const signed = (claims, { kid, privateKey }, header = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(privateKey)

/** An ID token that nobody signed. */
export const unsigned = (claims) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

/** An ID token signed with what both sides know. */
export const sealed = (claims) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(clientSecret))

export { newKey }

async function quietly(work) {
  const { warn } = console
  console.warn = () => {}
  try {
    return await work()
  } finally {
    console.warn = warn
  }
}

/** Something that goes where it is sent and keeps cookies, as a browser does, and shows each step. */
export class Visitor {
  cookies = new Map()

  async go(url, { method = 'GET', body, headers = {} } = {}) {
    const { origin } = new URL(url)
    const jar = this.cookies.get(origin) ?? new Map()
    this.cookies.set(origin, jar)
    const answer = await fetch(url, {
      method,
      body,
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), ...headers },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/; */)
      const at = pair.indexOf('=')
      const gone = attributes.some((each) => /^max-age=0$/i.test(each) || /^expires=thu, 01 jan 1970/i.test(each))
      if (gone) jar.delete(pair.slice(0, at))
      else jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const to = answer.headers.get('location')
    return { status: answer.status, to: to && new URL(to, url).href, text: await answer.text() }
  }

  /** Signs in at the provider as `login`, and answers the URL that it sends back to, without going there. */
  async atProvider(url, login, home) {
    let at = await this.go(`${home}/api/v1/session/provider?return=${encodeURIComponent('/p/shop/production/flags?q=a')}`)
    for (let steps = 0; steps < 20; steps++) {
      if (at.to?.startsWith(home)) return at.to
      if (at.to) {
        at = await this.go(at.to)
        continue
      }
      const form = /<form[^>]*action="([^"]+)"/.exec(at.text)
      if (!form) throw new Error(`the provider says ${at.status} ${at.text}`)
      const prompt = /name="prompt" value="([^"]+)"/.exec(at.text)[1]
      const fields = prompt === 'login' ? { prompt, login, password: 'any' } : { prompt }
      at = await this.go(new URL(form[1], url).href, {
        method: 'POST',
        body: new URLSearchParams(fields).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    }
    throw new Error('the provider sends round and round')
  }
}
