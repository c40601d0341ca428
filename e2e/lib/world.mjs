// A project with every kind of rule, and the contexts to try it on.

/** The files; the services' endpoints are `old`, `new`, … → "host:port". */
export function manifests(endpoints) {
  const production = (kind, key, rest) => ({ kind, environment: 'production', key, ...rest })
  const booleans = [
    { id: 'new', value: true },
    { id: 'old', value: false },
  ]
  const flag = (key, variations = booleans) => ({ kind: 'flag', key, type: 'release', variations })
  const arms = (of) => of.map((variation) => ({ variation, action: { type: 'service', service: 'shop', subset: variation } }))
  return [
    flag('gate'),
    flag('checkout'),
    flag('ranker', ['popular', 'personal', 'fresh'].map((id) => ({ id, value: `by-${id}` }))),
    flag('dark'),
    production('segment', 'insiders', {
      included: ['user-3', 'user-33', 'user-333'],
      excluded: ['user-40'],
      includedContexts: [{ contextKind: 'org', values: ['org-2'] }],
      rules: [
        { id: 'beta', clauses: [{ attribute: 'beta', op: 'in', values: [true] }] },
        { id: 'some', weight: 20000, clauses: [{ attribute: 'country', op: 'in', values: ['AT'] }] },
      ],
    }),
    production('targeting', 'gate', {
      on: true,
      offVariation: 1,
      targets: [{ variation: 1, values: ['user-7', 'user-77'] }],
      rules: [{ id: 'young', clauses: [{ attribute: 'age', op: 'lessThan', values: [18] }], variation: 1 }],
      fallthrough: { variation: 0 },
    }),
    production('targeting', 'checkout', {
      on: true,
      offVariation: 1,
      prerequisites: [{ key: 'gate', variation: 0 }],
      rules: [
        { id: 'insiders', clauses: [{ attribute: '', op: 'segmentMatch', values: ['insiders'] }], variation: 0 },
        {
          id: 'contracts',
          clauses: [
            { attribute: 'plan', op: 'in', values: ['enterprise'] },
            { attribute: 'country', op: 'in', values: ['DE', 'CH'], negate: true },
          ],
          variation: 1,
        },
      ],
      fallthrough: { rollout: { contextKind: 'user', variations: [{ variation: 0, weight: 37500 }, { variation: 1, weight: 62500 }] } },
    }),
    production('targeting', 'ranker', {
      on: true,
      offVariation: 0,
      prerequisites: [{ key: 'checkout', variation: 0 }],
      rules: [
        { id: 'app', clauses: [{ attribute: 'app', op: 'semVerLessThan', values: ['2.1.0'] }], variation: 0 },
        {
          id: 'plans',
          clauses: [{ attribute: 'plan', op: 'matches', values: ['^pro'] }],
          rollout: { contextKind: 'org', variations: [{ variation: 1, weight: 50000 }, { variation: 2, weight: 50000 }] },
        },
      ],
      fallthrough: {
        rollout: {
          contextKind: 'user',
          bucketBy: 'country',
          seed: 61,
          variations: [{ variation: 0, weight: 37500 }, { variation: 1, weight: 12500 }, { variation: 2, weight: 50000 }],
        },
      },
    }),
    production('targeting', 'dark', { on: false, offVariation: 1, fallthrough: { variation: 0 } }),
    production('service', 'shop', {
      subsets: Object.entries(endpoints).map(([id, endpoint]) => ({ id, endpoints: [endpoint] })),
    }),
    production('listener', 'public', {
      mapping: {
        contexts: [
          {
            kind: 'user',
            key: { header: 'x-user' },
            attributes: [
              { name: 'plan', from: { header: 'x-plan' } },
              { name: 'country', from: { header: 'x-country' } },
              { name: 'app', from: { header: 'x-app' } },
              { name: 'age', from: { header: 'x-age' }, as: 'number' },
              { name: 'beta', from: { header: 'x-beta' }, as: 'boolean' },
            ],
          },
          { kind: 'org', key: { header: 'x-org' } },
        ],
      },
    }),
    production('route', 'checkout', {
      listener: 'public',
      match: { path: { prefix: '/checkout' } },
      split: { by: 'flag', flag: 'checkout', arms: arms(['new', 'old']) },
    }),
    production('route', 'ranker', {
      listener: 'public',
      match: { path: { prefix: '/ranker' } },
      split: { by: 'flag', flag: 'ranker', arms: arms(['popular', 'personal', 'fresh']) },
    }),
  ]
}

export const flags = ['gate', 'checkout', 'ranker', 'dark']

/** The variation's id of a value, as arms and `switchyard-flags` name it. */
export const variationOf = (flag, value) =>
  flag === 'ranker' ? value.slice('by-'.length) : value ? 'new' : 'old'

const plans = ['free', 'pro', 'pro+', 'enterprise', undefined]
const countries = ['AT', 'CH', 'DE', 'FR', undefined, 'SE', 'ØØ']
const apps = ['1.9.12', '2.1.0-rc.1', '2.1.0', undefined, '3', 'none']

/** `n` contexts, the same ones every time; every third belongs to an org too. */
export function contexts(n) {
  return Array.from({ length: n }, (_, i) => {
    const user = { key: `user-${i}` }
    const set = (name, value) => value !== undefined && (user[name] = value)
    set('plan', plans[i % plans.length])
    set('country', countries[i % countries.length])
    set('app', apps[(i * 5) % apps.length])
    set('age', i % 11 === 0 ? undefined : (i * 7) % 90)
    set('beta', i % 17 === 0 ? true : i % 13 === 0 ? false : undefined)
    return i % 3 === 0
      ? { kind: 'multi', user, org: { key: `org-${i % 10}` } }
      : { kind: 'user', ...user }
  })
}

/** The request that the listener makes this context of. */
export function headersOf(context) {
  const user = context.user ?? context
  const headers = { 'x-user': user.key }
  for (const name of ['plan', 'country', 'app', 'age', 'beta']) {
    // Header values are bytes: what is not ASCII travels as UTF-8.
    if (user[name] !== undefined) headers[`x-${name}`] = Buffer.from(String(user[name])).toString('latin1')
  }
  if (context.org) headers['x-org'] = context.org.key
  return headers
}
