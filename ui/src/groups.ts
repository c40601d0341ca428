/** `items` by what `of` says, in the order in which each group came up first. */
export function groups<T, K>(items: readonly T[], of: (item: T) => K): Map<K, T[]> {
  const found = new Map<K, T[]>()
  for (const item of items) {
    const name = of(item)
    const group = found.get(name)
    if (group) group.push(item)
    else found.set(name, [item])
  }
  return found
}
