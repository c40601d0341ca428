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
    context: word(raw, 'context'),
  })
