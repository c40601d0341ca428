// Fails when what a page loads grows above its budget: entry 130 kB, any page 60 kB more (gzip).
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const limits = { entry: 130_000, page: 60_000 }
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const sizes = new Map()
const size = (file) => {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, dist))).length)
  return sizes.get(file)
}

/** Script and style that a chunk needs, its static imports included. */
function files(name, seen = new Set()) {
  const chunk = manifest[name]
  if (seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const css of chunk.css ?? []) seen.add(css)
  for (const each of chunk.imports ?? []) files(each, seen)
  return seen
}

const total = (set) => [...set].reduce((sum, file) => sum + size(file), 0)
const entry = Object.keys(manifest).find((name) => manifest[name].isEntry)
const base = files(entry)
const rows = [['entry', total(base), limits.entry]]
for (const name of Object.keys(manifest)) {
  if (!manifest[name].isDynamicEntry) continue
  const own = [...files(name)].filter((file) => !base.has(file))
  rows.push([name.replace(/^src\//, ''), total(own), limits.page])
}
let failed = false
for (const [name, bytes, limit] of rows) {
  const over = bytes > limit
  failed ||= over
  console.log(
    `${over ? 'OVER ' : '     '}${(bytes / 1000).toFixed(1).padStart(7)} of ${limit / 1000} kB  ${name}`,
  )
}
process.exit(failed ? 1 : 0)
