// Do the page's types say the same as the API's own document? Both are read as trees and walked side by side.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const ui = join(import.meta.dirname, '../../ui')

/** Every exported interface and type of the page's contract, by name. */
export async function pageTypes() {
  const vite = createRequire(join(ui, 'package.json')).resolve('vite')
  const { parseAst } = await import(pathToFileURL(vite))
  const source = readFileSync(join(ui, 'src/api/types.ts'), 'utf8')
  const types = new Map()
  for (const { declaration } of parseAst(source, { lang: 'ts' }).body) {
    if (declaration?.type === 'TSInterfaceDeclaration')
      types.set(declaration.id.name, {
        node: { type: 'TSTypeLiteral', members: declaration.body.body },
        parents: declaration.extends.map((each) => each.expression.name),
      })
    if (declaration?.type === 'TSTypeAliasDeclaration' && !declaration.typeParameters)
      types.set(declaration.id.name, { node: declaration.typeAnnotation, parents: [] })
  }
  return types
}

/** Where the page's `types` and the document's `schemas` disagree, in words; empty where they say the same. */
export function disagreements(types, schemas, names) {
  const seen = new Set()
  const found = []
  const say = (at, words) => found.push(`${at}: ${words}`)

  /** A type without its name: an object's fields, a list's items, one of several, or a word. */
  function ts(node) {
    switch (node.type) {
      case 'TSTypeReference': {
        const name = node.typeName.name
        if (name === 'Json') return { any: true }
        if (name === 'Record') return { map: node.typeArguments.params[1] }
        if (name === 'Page') return { any: true }
        const type = types.get(name)
        if (!type) throw new Error(`${name} is no type of the contract`)
        const own = ts(type.node)
        for (const parent of type.parents) own.fields = { ...ts(types.get(parent).node).fields, ...own.fields }
        return { ...own, name }
      }
      case 'TSTypeLiteral': {
        const index = node.members.find((each) => each.type === 'TSIndexSignature')
        const fields = {}
        for (const each of node.members)
          if (each.type === 'TSPropertySignature')
            fields[each.key.name ?? each.key.value] = {
              optional: each.optional,
              node: each.typeAnnotation.typeAnnotation,
            }
        return index && Object.keys(fields).length === 0
          ? { map: index.typeAnnotation.typeAnnotation }
          : { fields, open: !!index }
      }
      case 'TSIntersectionType': {
        const parts = node.types.map(ts)
        return { fields: Object.assign({}, ...parts.map((each) => each.fields ?? {})), open: parts.some((each) => each.map || each.open) }
      }
      case 'TSArrayType':
        return { items: node.elementType }
      case 'TSTupleType':
        return { items: node.elementTypes[0] }
      case 'TSParenthesizedType':
        return ts(node.typeAnnotation)
      case 'TSUnionType': {
        const parts = node.types.flatMap((each) => {
          const one = ts(each)
          return one.union ?? [one]
        })
        return { union: parts }
      }
      case 'TSLiteralType':
        return { words: [String(node.literal.value)] }
      case 'TSStringKeyword':
        return { scalar: 'string' }
      case 'TSNumberKeyword':
        return { scalar: 'number' }
      case 'TSBooleanKeyword':
        return { scalar: 'boolean' }
      case 'TSNullKeyword':
        return { scalar: 'null' }
      case 'TSIndexedAccessType': {
        const field = ts(node.objectType).fields[node.indexType.literal.value]
        return ts(field.node)
      }
      default:
        throw new Error(`${node.type} is not understood in the contract`)
    }
  }

  /** A schema in the same form. */
  function js(schema) {
    if (schema.$ref) {
      const name = schema.$ref.split('/').at(-1)
      return name === 'Json' ? { any: true } : { ...js(schemas[name]), ref: name }
    }
    const several = schema.oneOf ?? schema.anyOf
    if (several) return { union: several.map(js).flatMap((each) => each.union ?? [each]) }
    if (schema.allOf) {
      const parts = schema.allOf.map(js)
      return { fields: Object.assign({}, ...parts.map((each) => each.fields ?? {})), open: parts.some((each) => each.open || each.map) }
    }
    if (schema.enum) return { words: schema.enum.map(String) }
    if (Array.isArray(schema.type))
      return { union: schema.type.map((type) => js({ ...schema, type })) }
    if (schema.type === 'array') return { list: schema.items ?? schema.prefixItems?.[0] ?? {} }
    if (schema.properties) {
      const fields = {}
      for (const [name, of] of Object.entries(schema.properties))
        fields[name] = { optional: !schema.required?.includes(name), schema: of }
      return { fields, open: !!schema.additionalProperties }
    }
    if (schema.additionalProperties) return { mapped: schema.additionalProperties }
    if (schema.type === 'object') return { any: true }
    if (schema.type) return { scalar: schema.type === 'integer' ? 'number' : schema.type }
    return { any: true }
  }

  const kind = (one) =>
    one.any ? 'any' : one.fields ? 'object' : one.items || one.list ? 'list' : one.map || one.mapped ? 'map' : one.union ? 'union' : one.words ? 'words' : one.scalar

  /** What sets one of several apart: the word of a field that each has, or else its fields. */
  function mark(one) {
    if (!one.fields) return kind(one)
    for (const name of ['type', 'by', 'whole']) {
      const field = one.fields[name]
      if (!field) continue
      const own = field.node ? ts(field.node) : js(field.schema)
      if (own.words) return `${name} ${own.words}`
    }
    return Object.keys(one.fields).sort().join(' ')
  }

  function compare(at, a, b) {
    if (a.any || b.any) return
    if (a.name && b.ref) {
      const pair = `${a.name} ${b.ref}`
      if (seen.has(pair)) return
      seen.add(pair)
    }
    const left = a.union ? gather(a.union) : [a]
    const right = b.union ? gather(b.union) : [b]
    if (left.length > 1 || right.length > 1) {
      for (const one of left) if (!right.some((each) => mark(each) === mark(one) || each.any)) say(at, `the page knows ${mark(one)}, the API does not`)
      for (const one of right) {
        const same = left.find((each) => mark(each) === mark(one))
        if (same) compare(at, same, one)
        else if (!left.some((each) => each.any)) say(at, `the API may answer ${mark(one)}, the page does not know it`)
      }
      return
    }
    one(at, left[0], right[0])
  }

  /** Words of one union are one alternative. */
  function gather(parts) {
    const words = parts.filter((each) => each.words).flatMap((each) => each.words)
    const rest = parts.filter((each) => !each.words)
    const both = words.includes('true') && words.includes('false')
    return [...rest, ...(both ? [{ scalar: 'boolean' }] : words.length > 0 ? [{ words }] : [])]
  }

  function one(at, a, b) {
    if (a.any || b.any) return
    if (kind(a) !== kind(b)) {
      // A map of anything is an object whose fields are not told.
      if (!(a.map && b.open) && !(a.open && b.mapped)) say(at, `the page has ${kind(a)}, the API ${kind(b)}`)
      return
    }
    if (a.words) {
      for (const word of a.words) if (!b.words.includes(word)) say(at, `the page knows “${word}”, the API does not`)
      for (const word of b.words) if (!a.words.includes(word)) say(at, `the API may answer “${word}”, the page does not know it`)
    }
    if (a.items) compare(`${at}[]`, ts(a.items), js(b.list))
    if (a.map) compare(`${at}.*`, ts(a.map), js(b.mapped))
    if (!a.fields) return
    for (const [name, field] of Object.entries(a.fields)) {
      const other = b.fields[name]
      if (!other) {
        if (!b.open) say(`${at}.${name}`, 'the API has no such field')
        continue
      }
      if (!field.optional && other.optional) say(`${at}.${name}`, 'the API may leave it out, the page counts on it')
      compare(`${at}.${name}`, ts(field.node), js(other.schema))
    }
    for (const [name, other] of Object.entries(b.fields))
      if (!a.fields[name] && !a.open) say(`${at}.${name}`, `the page does not know this ${other.optional ? 'optional ' : ''}field`)
  }

  for (const name of names) compare(name, { ...ts({ type: 'TSTypeReference', typeName: { name } }), name }, { ...js(schemas[name]), ref: name })
  return found
}
