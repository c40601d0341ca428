import { describe, expect, it } from 'vitest'
import { parseHeaders } from './useExplain'

describe('parseHeaders', () => {
  it.each([
    ['cookie: a=b; c=d', { cookie: 'a=b; c=d' }, []],
    ['X-Plan: pro\n\n  x-url: http://a:80/  ', { 'x-plan': 'pro', 'x-url': 'http://a:80/' }, []],
    ['nonsense\n: none', {}, ['nonsense', ': none']],
    ['empty:', { empty: '' }, []],
  ])('%j', (text, headers, bad) => expect(parseHeaders(text)).toEqual({ headers, bad }))
})
