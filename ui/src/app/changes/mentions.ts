export interface Person {
  id: string
  name: string
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What a person typed ("@Ines Maier look") as the server keeps it ("@m-12 look"); longer names first. */
export function withNames(text: string, people: readonly Person[]): string {
  let out = text
  for (const { id, name } of people.toSorted((a, b) => b.name.length - a.name.length))
    out = out.replace(new RegExp(`(^|\\s)@${literal(name)}(?![\\p{L}\\d])`, 'gu'), `$1@${id}`)
  return out
}

/** The kept text in parts, with the names of those who are mentioned in the place of their ids. */
export function parts(text: string, mentions: readonly Person[]): { text: string; mention?: boolean }[] {
  if (mentions.length === 0) return [{ text }]
  const ids = mentions.toSorted((a, b) => b.id.length - a.id.length).map((each) => literal(each.id))
  return text
    .split(new RegExp(`(@(?:${ids.join('|')}))`, 'u'))
    .filter(Boolean)
    .map((part) => {
      const found = part.startsWith('@') && mentions.find((each) => `@${each.id}` === part)
      return found ? { text: found.name, mention: true } : { text: part }
    })
}
