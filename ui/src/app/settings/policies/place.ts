/** Where in a text a line and a column are, both from 1; columns count characters, places count UTF-16 units. */
export function place(text: string, line: number, column: number): number {
  const lines = text.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0)
  const within = Array.from(lines[line - 1] ?? '').slice(0, column - 1)
  return before + within.join('').length
}
