// The process is killed while it writes. What it has acknowledged is there, whole and in order; nothing is torn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { folder, start } from './lib/switchyard.mjs'

const rounds = Number(process.env.SWITCHYARD_SOAK_KILLS ?? 12)
const writers = ['ann', 'bob', 'cid']

/** Moments that are spread out and the same each time. */
function dice(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % below
  }
}

/** One revision's files: four resources that must always tell the same count. */
function manifests(writer, count) {
  const place = { environment: 'production', key: writer }
  const variations = [
    { id: 'count', value: count },
    { id: 'none', value: -1 },
  ]
  return [
    { kind: 'flag', key: writer, type: 'release', variations },
    { kind: 'flag', key: `${writer}-too`, type: 'release', description: `count ${count}`, variations },
    { kind: 'segment', ...place, included: [`count-${count}`] },
    { kind: 'targeting', ...place, on: true, offVariation: 1, fallthrough: { variation: 0 } },
  ]
}

/** What each writer has got back: revision number by count. */
class Ledger {
  constructor() {
    this.acknowledged = new Map(writers.map((writer) => [writer, new Map()]))
    this.tried = new Map(writers.map((writer) => [writer, 0]))
  }

  get total() {
    return [...this.acknowledged.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** Writes until the process is gone; tells `seen` of each acknowledgement. */
  async write(server, writer, seen) {
    for (;;) {
      const count = this.tried.get(writer) + 1
      this.tried.set(writer, count)
      let revision
      try {
        revision = await server.post(server.inProject('/apply'), {
          manifests: manifests(writer, count),
          message: `${writer} ${count}`,
        })
      } catch (error) {
        // A connection that broke is what was asked for; an answer that is no success is not.
        if (error instanceof TypeError || error.cause) return
        throw error
      }
      this.acknowledged.get(writer).set(count, revision.number)
      seen()
    }
  }
}

async function history(server) {
  const revisions = []
  let before = ''
  for (;;) {
    const page = await server.get(server.inProject(`/revisions?limit=500${before}`))
    revisions.push(...page.items)
    if (!page.next) return revisions.reverse()
    before = `&before=${revisions.at(-1).number}`
  }
}

/** Everything that must hold after a restart. */
async function verify(server, ledger) {
  const revisions = await history(server)
  assert.deepEqual(
    revisions.map((revision) => revision.number),
    revisions.map((_, i) => i + 1),
    'revisions without gaps, in order',
  )
  const counts = new Map(writers.map((writer) => [writer, 0]))
  for (const { number, title, reason, edits } of revisions) {
    const [writer, text] = (reason || title).split(' ')
    const count = Number(text)
    assert.ok(count > counts.get(writer), `r${number} is ${writer} ${count}, after ${counts.get(writer)}`)
    const skipped = [...ledger.acknowledged.get(writer).keys()].filter((n) => n > counts.get(writer) && n < count)
    assert.deepEqual(skipped, [], `acknowledged to ${writer}, and gone`)
    counts.set(writer, count)
    const known = ledger.acknowledged.get(writer).get(count)
    if (known !== undefined) assert.equal(number, known, `${writer} ${count} was acknowledged as r${known}`)
    // Targeting stays the same after the first one.
    assert.ok(edits.length >= 3, `r${number} is whole: ${JSON.stringify(edits.map((edit) => edit.target))}`)
  }
  const exported = await server.get(server.inProject('/export'))
  const answer = await fetch(`${server.url}/sdk/latest-all`, { headers: { authorization: server.sdkKey } })
  const served = await answer.json()
  for (const writer of writers) {
    const count = counts.get(writer)
    const last = Math.max(0, ...ledger.acknowledged.get(writer).keys())
    assert.ok(count >= last, `${writer}'s last acknowledged is ${last}, the history's is ${count}`)
    if (count === 0) continue
    const own = exported.filter(({ key }) => key === writer || key === `${writer}-too`)
    assert.equal(own.length, 4, `${writer}: ${own.map(({ kind, key }) => `${kind} ${key}`)}`)
    const told = own.flatMap((each) => [
      ...(each.variations ? [each.variations[0].value] : []),
      ...(each.included ? [Number(each.included[0].slice('count-'.length))] : []),
    ])
    assert.deepEqual(told, [count, count, count], `${writer}'s resources are of one revision`)
    assert.equal(served.flags[writer].variations[0], count, 'SDKs get what the history says')
  }
  return revisions.length
}

test(`every acknowledged revision outlives ${rounds} kills`, async (t) => {
  const data = folder(t)
  const ledger = new Ledger()
  const random = dice(1)
  let kept = 0
  for (let round = 0; round < rounds; round++) {
    const server = await start(t, { data })
    const found = await verify(server, ledger)
    assert.ok(found >= kept)
    kept = found
    const enough = ledger.total + 1 + random(12)
    let reached
    const due = new Promise((done) => (reached = done))
    const writing = writers.map((writer) =>
      ledger.write(server, writer, () => ledger.total >= enough && reached()),
    )
    // Ends the wait too when a writer fails, whose error is thrown below.
    await Promise.race([due, Promise.all(writing)])
    // Somewhere within the next writes.
    await pause(random(30))
    await server.end('SIGKILL')
    await Promise.all(writing)
  }
  const server = await start(t, { data })
  const found = await verify(server, ledger)
  assert.ok(ledger.total >= rounds, `${ledger.total} acknowledged`)
  t.diagnostic(`${ledger.total} acknowledged, ${found} kept, ${rounds} kills`)
  assert.deepEqual(await server.end(), { code: 0, signal: null })
})
