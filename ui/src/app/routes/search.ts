import { oneOf, present, type Raw, word } from '@/search'

export const routesSearch = (raw: Raw) =>
  present({
    q: word(raw, 'q'),
    owner: word(raw, 'owner'),
    listener: word(raw, 'listener'),
    row: word(raw, 'row'),
    do: oneOf(raw, 'do', ['new']),
  })
export const routeSearch = (raw: Raw) =>
  present({
    method: word(raw, 'method'),
    url: word(raw, 'url'),
    h: word(raw, 'h'),
    do: oneOf(raw, 'do', ['match', 'split']),
    arm: word(raw, 'arm'),
  })
