import { present, type Raw, word } from '@/search'

/** `h` holds the headers, one "name: value" a line. */
export const explainSearch = (raw: Raw) =>
  present({ method: word(raw, 'method'), url: word(raw, 'url'), h: word(raw, 'h') })
