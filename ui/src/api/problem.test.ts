import { describe, expect, it } from 'vitest'
import { path, query } from './client'
import { backoff } from './events'
import { isProblem, offlineProblem, parseProblem } from './problem'

describe('problems', () => {
  it.each([
    [
      'the server’s own',
      422,
      '{"type":"/problems/invalid","title":"It does not fit","status":422,"detail":"Weights make 90 %.","problems":[{"path":"/split","reason":"sum"}]}',
      {
        title: 'It does not fit',
        detail: 'Weights make 90 %.',
        problems: [{ path: '/split', reason: 'sum' }],
      },
    ],
    ['a proxy’s page', 502, '<html>Bad gateway</html>', { title: 'The server answered 502', detail: '' }],
    ['nothing', 500, '', { title: 'The server answered 500', type: 'about:blank' }],
    ['a list', 400, '[1]', { title: 'The server answered 400' }],
    ['words where others belong', 409, '{"title":7,"detail":null}', { title: 'The server answered 409' }],
    ['a wrong status', 403, '{"title":"No","status":200}', { title: 'No' }],
  ])('%s', (_name, status, body, expected) => {
    const problem = parseProblem(status, body)
    expect(problem.problems).toMatchObject({ ...expected, status })
    expect(problem.message).toBe(problem.problems.detail || problem.problems.title)
    expect(isProblem(problem, status)).toBe(true)
    expect(isProblem(problem, 418)).toBe(false)
  })

  it('no answer at all has status 0', () => {
    expect(offlineProblem(new TypeError('Failed to fetch')).offline).toBe(true)
    expect(isProblem(new Error('other'))).toBe(false)
  })
})

it('paths are encoded', () =>
  expect(path`/flags/${'a/b c'}/revisions/${7}`).toBe('/flags/a%2Fb%20c/revisions/7'))

it.each([
  [undefined, ''],
  [{}, ''],
  [{ q: '', cursor: undefined }, ''],
  [{ q: 'a&b', limit: 0, all: false }, '?q=a%26b&limit=0&all=false'],
])('the query of %j is %j', (params, expected) => expect(query(params)).toBe(expected))

it.each([
  [0, 0, 500],
  [0, 1, 1000],
  [3, 1, 8000],
  [40, 1, 30_000],
])('try %i waits, at luck %f, %i ms', (attempt, luck, ms) => expect(backoff(attempt, luck)).toBe(ms))
