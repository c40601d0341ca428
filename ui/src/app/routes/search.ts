import { present, type Raw, word } from '@/search'

export const routesSearch = (raw: Raw) => present({ q: word(raw, 'q'), listener: word(raw, 'listener') })
export const routeSearch = (raw: Raw) => present({ method: word(raw, 'method'), url: word(raw, 'url') })
