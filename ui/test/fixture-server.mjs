// A small in-memory stand-in for the server, for working on the page and for its screenshots and axe
// runs. Not the product: it knows one shop, checks little, and forgets all when it ends.
//   npm run fixtures            http://127.0.0.1:7499, sign in with the token "demo"
//   PORT=0 node test/fixture-server.mjs --dist   also (DIST: another folder) serves the built page under the server's CSP
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apply, check, compile, revert } from './fixtures/edits.mjs'
import { explain } from './fixtures/explain.mjs'
import { audit, differenceOf, firstChanges, impact, pack, view } from './fixtures/review.mjs'
import { shop } from './fixtures/shop.mjs'
import {
  flagDetail,
  flagSummary,
  flagTraffic,
  routeDetail,
  routeSummary,
  routeTraffic,
  traffic,
} from './fixtures/views.mjs'

const dist =
  process.argv.includes('--dist') && (process.env.DIST ?? fileURLToPath(new URL('../dist/', import.meta.url)))
const db = shop()
firstChanges(db)
const streams = new Set()
const send = (event, data) => {
  for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}
setInterval(() => send('traffic', {}), 2000).unref()

const problem = (status, title, detail = '', more = {}) => ({
  status,
  problem: { type: 'about:blank', title, status, detail, ...more },
})
const found = (value) => value ?? problem(404, 'There is no such thing')
const page = (items, params, key = 'key') => {
  const limit = Number(params.get('limit') ?? 100)
  const from = params.get('cursor') ? items.findIndex((item) => item[key] === params.get('cursor')) + 1 : 0
  const slice = items.slice(from, from + limit)
  return {
    items: slice,
    total: items.length,
    revision: db.head,
    ...(from + limit < items.length ? { next: slice.at(-1)[key] } : {}),
  }
}
const matches = (q, ...texts) => !q || texts.join(' ').toLowerCase().includes(q.toLowerCase())
const summary = (change) => view(db, change)
const changeOf = (n) => db.changes.find((each) => each.number === +n)
const noor = { who: 'm1', whoName: 'Noor' }
const required = (environments) =>
  db.session.projects[0].environments.some(
    (each) => environments.includes(each.key) && each.requiredApprovals > 0,
  )

function record(edits, more) {
  const views = check(db, edits).edits
  const environments = [
    ...new Set(
      edits.flatMap((edit) =>
        edit.target.environment ? [edit.target.environment] : ['production', 'staging'],
      ),
    ),
  ]
  db.past.set(db.head, structuredClone(db.resources))
  for (const edit of edits) apply(db, edit)
  db.head += 1
  const revision = {
    number: db.head,
    at: new Date().toISOString(),
    author: 'm1',
    authorName: 'Noor',
    title: '',
    reason: '',
    edits: views,
    environments,
    ...more,
  }
  db.revisions.unshift(revision)
  db.edits.set(db.head, edits)
  for (const edit of edits)
    db.touched.set(`${edit.target.environment ?? ''}/${edit.target.kind}/${edit.target.key}`, db.head)
  send('revision', { number: db.head, environments, kinds: edits.map((edit) => edit.target.kind) })
  for (const environment of environments) {
    db.nodes[environment].since = new Date().toISOString()
    db.nodes[environment].behind = true
    setTimeout(() => {
      db.nodes[environment].behind = false
      send('nodes', { environment, revision: db.head, acknowledged: 1, nodes: 1 })
    }, 700)
  }
  return revision
}

const P = '/projects/shop'
const E = `${P}/environments/(?<e>[^/]+)`
/** Method, path, and what answers: a value, or problem(). */
const endpoints = [
  ['GET', '/session', () => db.session],
  ['GET', '/account', () => ({ ...db.account, sessions: db.sessions.filter(({ who }) => who === 'm1') })],
  ['GET', '/sessions', () => db.sessions],
  [
    'DELETE',
    '/sessions/(?<id>[^/]+)',
    ({ id }) => {
      db.sessions = db.sessions.filter((each) => each.id !== id)
    },
  ],
  ['DELETE', '/session', () => undefined],
  [
    'GET',
    `${E}/flags`,
    ({ e, params }) => {
      const state = params.get('state')
      const list = compile(db, 'flag')
        .map((flag) => flagSummary(db, flag))
        .filter((flag) => {
          const here = flag.environments.find((each) => each.environment === e)
          const partial = here.on && here.served.length > 1
          return (
            matches(params.get('q'), flag.key, flag.name, flag.owner, ...flag.tags) &&
            (!params.get('tag') || flag.tags.includes(params.get('tag'))) &&
            (!params.get('owner') || flag.owner === params.get('owner')) &&
            (!state || (state === 'off' ? !here.on : state === 'partial' ? partial : here.on))
          )
        })
      return page(list, params)
    },
  ],
  ['GET', `${E}/flags/(?<key>[^/]+)`, ({ e, key }) => found(flagDetail(db, e, key))],
  [
    'GET',
    `${E}/routes`,
    ({ e, params }) =>
      page(
        compile(db, 'route', e)
          .map((route) => routeSummary(db, e, route))
          .filter((route) => matches(params.get('q'), route.key, route.name)),
        params,
      ),
  ],
  ['GET', `${E}/routes/(?<key>[^/]+)`, ({ e, key }) => found(routeDetail(db, e, key))],
  [
    'GET',
    `${E}/(?<kind>segments|services|listeners)`,
    ({ e, kind, params }) =>
      page(
        compile(db, kind.slice(0, -1), e).filter((each) => matches(params.get('q'), each.key, each.name)),
        params,
      ),
  ],
  [
    'GET',
    `${P}/resources`,
    ({ params }) =>
      page(
        db.resources.filter(
          (each) =>
            (!params.get('kind') || each.kind === params.get('kind')) &&
            (!params.get('environment') || each.environment === params.get('environment')) &&
            (!params.get('key') || each.key === params.get('key')),
        ),
        params,
      ),
  ],
  ['GET', `${E}/traffic`, ({ e, params }) => traffic(db, e, Number(params.get('seconds') ?? 900))],
  [
    'GET',
    `${E}/traffic/flags/(?<key>[^/]+)`,
    ({ e, key, params }) => found(flagTraffic(db, e, key, Number(params.get('seconds') ?? 900))),
  ],
  [
    'GET',
    `${E}/traffic/routes/(?<key>[^/]+)`,
    ({ e, key, params }) => found(routeTraffic(db, e, key, Number(params.get('seconds') ?? 900))),
  ],
  [
    'GET',
    `${E}/nodes`,
    ({ e }) => ({
      revision: db.head,
      streams: e === 'production' ? 4 : 1,
      nodes: [
        {
          id: 'gateway',
          kind: 'gateway',
          revision: db.nodes[e].behind ? db.head - 1 : db.head,
          state: db.nodes[e].behind ? 'sent' : 'acknowledged',
          since: db.nodes[e].since,
        },
      ],
    }),
  ],
  ['POST', `${E}/explain`, ({ e, body }) => explain(db, e, body)],
  [
    'GET',
    `${P}/changes`,
    ({ params }) =>
      page(
        db.changes
          .filter((change) => change.state === (params.get('state') ?? change.state))
          .filter((change) => !params.get('author') || change.author === 'm1')
          .map(summary)
          .filter(
            (change) =>
              !params.get('awaiting') || (change.state === 'inReview' && change.review.may.approve.allowed),
          ),
        params,
        'number',
      ),
  ],
  [
    'POST',
    `${P}/changes`,
    ({ body }) => {
      const now = new Date().toISOString()
      const change = {
        number: ++db.lastChange,
        title: '',
        reason: '',
        given: [],
        said: [],
        ...body,
        author: 'm1',
        authorName: 'Noor',
        state: 'draft',
        version: 1,
        base: db.head,
        createdAt: now,
        updatedAt: now,
      }
      db.changes.unshift(change)
      send('change', { number: change.number, version: 1, state: 'draft' })
      return { status: 201, value: summary(change) }
    },
  ],
  ['GET', `${P}/notices`, () => []],
  ['POST', `${P}/changes/check`, ({ body }) => check(db, body.edits)],
  [
    'GET',
    `${P}/changes/(?<n>\\d+)`,
    ({ n }) => {
      const change = db.changes.find((each) => each.number === +n)
      return change ? summary(change) : problem(404, 'There is no such change')
    },
  ],
  [
    'PUT',
    `${P}/changes/(?<n>\\d+)`,
    ({ n, body, request }) => {
      const change = db.changes.find((each) => each.number === +n)
      if (!change) return problem(404, 'There is no such change')
      if (request.headers['if-match'] !== `"v${change.version}"`)
        return problem(412, 'The change was saved elsewhere in between')
      Object.assign(change, body, { version: change.version + 1, updatedAt: new Date().toISOString() })
      send('change', { number: change.number, version: change.version, state: 'draft' })
      return summary(change)
    },
  ],
  [
    'DELETE',
    `${P}/changes/(?<n>\\d+)`,
    ({ n }) => {
      db.changes = db.changes.filter((each) => each.number !== +n)
      send('change', { number: +n, version: 0, state: 'rejected' })
    },
  ],
  [
    'POST',
    `${P}/changes/(?<n>\\d+)/apply`,
    ({ n, body }) => {
      const change = db.changes.find((each) => each.number === +n)
      if (!change) return problem(404, 'There is no such change')
      if (body?.reason === 'conflict')
        return problem(409, 'Someone changed the same in between', 'Leo changed what you change, in r411.', {
          conflicts: [
            {
              resource: { kind: 'targeting', environment: 'production', key: 'checkout-v2' },
              path: '/fallthrough/rollout',
              base: 10,
              ours: 25,
              theirs: 5,
              laterRevision: 411,
              laterAuthor: 'Leo',
            },
          ],
        })
      const result = check(db, change.edits)
      if (!result.ok) return problem(422, 'The change has problems', '', { problems: result.problems })
      const seen = summary(change)
      if (!seen.review.may.apply.allowed && !body?.breakGlass)
        return problem(409, 'Approvals are missing', seen.review.may.apply.why)
      Object.assign(change, { state: 'applied', revision: db.head + 1, updatedAt: new Date().toISOString() })
      return record(change.edits, {
        title: body?.title ?? change.title,
        reason: body?.reason ?? change.reason,
        origin: { type: 'change', number: change.number },
      })
    },
  ],
  [
    'POST',
    `${P}/changes/(?<n>\\d+)/(?<step>submit|withdraw|reviews)`,
    ({ n, step, body }) => {
      const change = changeOf(n)
      const { title, reason, ...review } = body
      if (step === 'reviews') {
        if (review.difference !== differenceOf(change))
          return problem(409, 'The change is another one by now', 'Look at it again.')
        change.given.push({ ...noor, note: '', at: new Date().toISOString(), ...review })
      } else
        Object.assign(change, step === 'submit' ? { title, reason, state: 'inReview' } : { state: 'draft' })
      change.version += 1
      change.updatedAt = new Date().toISOString()
      send('change', { number: change.number, version: change.version, state: change.state })
      return summary(change)
    },
  ],
  [
    'GET',
    `${P}/changes/(?<n>\\d+)/comments`,
    ({ n }) => changeOf(n).said.map((each, i) => ({ id: i + 1, ...each })),
  ],
  [
    'POST',
    `${P}/changes/(?<n>\\d+)/comments`,
    ({ n, body }) => {
      const comment = { ...noor, at: new Date().toISOString(), mentions: [], ...body }
      changeOf(n).said.push(comment)
      send('change', { number: +n, version: 0, state: 'inReview' })
      return { status: 201, value: { id: changeOf(n).said.length, ...comment } }
    },
  ],
  [
    'POST',
    `${P}/changes/(?<n>\\d+)/impact`,
    ({ n }) => ({ environments: { production: impact(changeOf(n).edits) } }),
  ],
  ['POST', `${E}/impact`, ({ body }) => impact(body.edits, body.examples)],
  ['GET', `${P}/guardrails/pack`, () => pack.map((each) => ({ kind: 'guardrail', ...each }))],
  [
    'POST',
    `${P}/guardrails/try`,
    ({ body }) => ({
      tried: 112,
      stopped: 3,
      results: [411, 405, 398].map((revision) => ({
        revision,
        title: db.revisions.find((each) => each.number === revision)?.title || 'new goes from 10 % to 50 %',
        passed: false,
        stopped: true,
        message: body.guardrail.message,
      })),
    }),
  ],
  [
    'GET',
    '/audit',
    ({ params }) =>
      page(
        audit().filter((each) => matches(params.get('text'), each.what, each.target, each.whoName)),
        params,
        'seq',
      ),
  ],
  ['GET', '/audit/verify', () => ({ whole: true, head: { seq: 2318, hash: audit()[0].hash } })],
  [
    'PATCH',
    `${P}/environments/(?<e>[^/]+)`,
    ({ e, body }) =>
      Object.assign(
        db.session.projects[0].environments.find((each) => each.key === e),
        body,
      ),
  ],
  [
    'GET',
    `${P}/revisions`,
    ({ params }) => {
      const before = Number(params.get('before') ?? Infinity)
      const fits = db.revisions.filter(
        (r) =>
          (!params.get('environment') || r.environments.includes(params.get('environment'))) &&
          (!params.get('kind') || r.edits.some((edit) => edit.target.kind === params.get('kind'))) &&
          (!params.get('key') || r.edits.some((edit) => edit.target.key === params.get('key'))) &&
          (!params.get('author') || r.author === params.get('author')) &&
          matches(
            params.get('q'),
            `r${r.number}`,
            r.title,
            r.reason,
            r.authorName,
            ...r.edits.flatMap((edit) => edit.sentence.map((part) => part.text)),
          ),
      )
      const limit = Number(params.get('limit') ?? 50)
      const rest = fits.filter((r) => r.number < before)
      return {
        items: rest.slice(0, limit),
        total: fits.length,
        revision: db.head,
        ...(rest.length > limit ? { next: String(rest[limit - 1].number) } : {}),
      }
    },
  ],
  ['GET', `${P}/revisions/(?<n>\\d+)`, ({ n }) => found(db.revisions.find((each) => each.number === +n))],
  [
    'POST',
    `${P}/revisions/(?<n>\\d+)/(?<how>revert|restore)`,
    ({ n, how, body }) => {
      const result = revert(db, +n, how, body.environment)
      if (result.conflicts)
        return problem(
          409,
          `r${n} can't be reverted as it is`,
          'A later revision changed the same fields. Revert that one first, or restore.',
          { conflicts: result.conflicts },
        )
      if (body.dryRun) return check(db, result.edits)
      if (result.edits.length === 0)
        return problem(422, 'Nothing would change', `Everything is already as it was at r${n}.`)
      if (required(check(db, result.edits).environments) && !body.breakGlass) {
        const change = {
          number: ++db.lastChange,
          title: `Revert r${n}`,
          reason: body.reason,
          author: 'm1',
          authorName: 'Noor',
          state: 'inReview',
          version: 1,
          base: db.head,
          createdAt: new Date().toISOString(),
          updatedAt: new Date().toISOString(),
          edits: result.edits,
          given: [],
          said: [],
        }
        db.changes.unshift(change)
        return { status: 202, value: summary(change) }
      }
      const old = db.revisions.find((each) => each.number === +n)
      if (how === 'revert' && old) old.revertedBy = db.head + 1
      return record(result.edits, {
        reason: body.reason ?? '',
        title: '',
        origin:
          how === 'revert'
            ? { type: 'revert', of: +n }
            : { type: 'restore', to: +n, ...(body.environment ? { environment: body.environment } : {}) },
      })
    },
  ],
  ['GET', `${E}/keys`, ({ e }) => db.keys[e]],
  [
    'POST',
    `${E}/keys/(?<kind>[^/]+)/rotate`,
    ({ e, kind, body }) => {
      const now = Date.now()
      const old = db.keys[e].find((each) => each.kind === kind && !each.expiresAt)
      if (old) old.expiresAt = new Date(now + body.overlapSeconds * 1000).toISOString()
      const key = {
        id: `k${now}`,
        kind,
        hint: kind === 'sdk' ? 'sdk-9d…41c0' : '…77e2',
        createdAt: new Date(now).toISOString(),
      }
      db.keys[e].unshift(key)
      return { key, secret: `${kind}-9d0f6a32-51c2-4c85-8a3e-0c1fd2e841c0` }
    },
  ],
  ['GET', '/tokens', () => db.tokens],
  [
    'POST',
    '/tokens',
    ({ body }) => {
      const token = { id: `t${Date.now()}`, hint: 'sy_…a81f', createdAt: new Date().toISOString(), ...body }
      db.tokens.unshift(token)
      return { status: 201, value: { token, secret: 'sy_4f1c0b8f27f84f0fb0e3d1c6a81f' } }
    },
  ],
  [
    'DELETE',
    '/tokens/(?<id>[^/]+)',
    ({ id }) => {
      db.tokens = db.tokens.filter((each) => each.id !== id)
    },
  ],
  ['GET', '/members', () => db.members],
  ['GET', '/teams', () => db.teams],
  [
    'GET',
    `${P}/owners`,
    () => [
      {
        owner: 'm6',
        name: 'Olaf',
        why: 'Olaf is not let in any more',
        count: 2,
        resources: [
          { target: { kind: 'flag', key: 'old-search' }, title: 'Old search' },
          { target: { kind: 'flag', key: 'beta-banner' }, title: 'beta-banner' },
        ],
      },
      { owner: 'Growth', name: 'Growth', count: 14, resources: [] },
      { owner: 'Platform', name: 'Platform', count: 21, resources: [] },
    ],
  ],
  [
    'POST',
    '/members',
    ({ body }) => {
      const member = { id: `m${Date.now()}`, active: true, ...body }
      db.members.push(member)
      return { status: 201, value: member }
    },
  ],
  [
    'PATCH',
    '/members/(?<id>[^/]+)',
    ({ id, body }) =>
      Object.assign(
        db.members.find((each) => each.id === id),
        body,
      ),
  ],
  [
    'POST',
    '/members/(?<id>[^/]+)/sign-in-link',
    () => ({ url: 'http://localhost:7400/sign-in?token=one-time-2f8e11' }),
  ],
].map(([method, path, answer]) => [method, new RegExp(`^/api/v1${path}$`), answer])

async function readBody(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text ? JSON.parse(text) : undefined
}

const reply = (response, status, value, type = 'application/json') => {
  response.writeHead(status, {
    'content-type': type,
    ...(cookies.get(response) ? { 'set-cookie': cookies.get(response) } : {}),
  })
  response.end(value === undefined ? '' : JSON.stringify(value))
}
const cookies = new WeakMap()

async function handle(request, response) {
  const url = new URL(request.url, 'http://localhost')
  if (!url.pathname.startsWith('/api/')) return dist ? file(url.pathname, response) : reply(response, 404, {})
  const signedIn = (request.headers.cookie ?? '').includes('fixture=1')
  if (request.method === 'POST' && url.pathname === '/api/v1/session') {
    const body = await readBody(request)
    if (body.token !== 'demo')
      return reply(
        response,
        401,
        problem(401, 'This link has been used or is too old').problem,
        'application/problem+json',
      )
    cookies.set(response, 'fixture=1; Path=/; HttpOnly; SameSite=Strict')
    return reply(response, 200, db.session)
  }
  if (url.pathname === '/api/v1/session/ways') return reply(response, 200, { password: true })
  if (!signedIn) return reply(response, 401, problem(401, 'Signed out').problem, 'application/problem+json')
  if (request.method === 'DELETE' && url.pathname === '/api/v1/session') {
    cookies.set(response, 'fixture=; Path=/; Max-Age=0')
    return reply(response, 204)
  }
  if (url.pathname === `/api/v1${P}/events`) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`event: hello\ndata: {"head":${db.head}}\n\n`)
    streams.add(response)
    request.on('close', () => streams.delete(response))
    return
  }
  for (const [method, path, answer] of endpoints) {
    const match = request.method === method && path.exec(url.pathname)
    if (!match) continue
    const named = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    )
    const result = answer({
      ...named,
      params: url.searchParams,
      request,
      body: ['GET', 'DELETE'].includes(method) ? undefined : await readBody(request),
    })
    if (result?.problem) return reply(response, result.status, result.problem, 'application/problem+json')
    if (result?.value) return reply(response, result.status, result.value)
    return reply(response, result === undefined ? 204 : 200, result)
  }
  reply(
    response,
    404,
    problem(404, 'There is no such endpoint', `${request.method} ${url.pathname}`).problem,
    'application/problem+json',
  )
}

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
function file(path, response) {
  const wanted = join(dist, normalize(path))
  const name =
    wanted.startsWith(dist) && extname(path) && existsSync(wanted) ? wanted : join(dist, 'index.html')
  response.writeHead(200, {
    'content-type': types[extname(name)] ?? 'application/octet-stream',
    'content-security-policy':
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  })
  createReadStream(name).pipe(response)
}

export const server = createServer((request, response) => {
  handle(request, response).catch((error) =>
    reply(
      response,
      500,
      problem(500, 'The fixture server failed', String(error.stack)).problem,
      'application/problem+json',
    ),
  )
})
server.listen(Number(process.env.PORT ?? 7499), '127.0.0.1', () => {
  console.log(`fixtures on http://127.0.0.1:${server.address().port}`)
})
