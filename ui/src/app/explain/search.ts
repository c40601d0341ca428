import { oneOf, present, type Raw, word } from '@/search'

/** `h` holds the headers, one "name: value" a line. */
export const explainSearch = (raw: Raw) =>
  present({
    method: word(raw, 'method'),
    url: word(raw, 'url'),
    h: word(raw, 'h'),
    /** Who gets what, in place of a request. */
    tab: oneOf(raw, 'tab', ['who']),
    /** A context as JSON. */
    context: json(raw, 'context'),
  })

/** What the URL's parser has read as JSON already, as text again. */
function json(raw: Raw, name: string): string | undefined {
  const value = raw[name]
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : word(raw, name)
}
