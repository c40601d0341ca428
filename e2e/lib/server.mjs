// `switchyard server`, as it runs in production.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { binary, folder } from './switchyard.mjs'

/** Ready when this resolves: its URL, the first admin's link, and all that it said on both channels. */
export async function serve(t, args = [], { data = folder(t) } = {}) {
  const child = spawn(
    binary,
    ['server', '--data', data, '--project', 'shop', '--listen', '127.0.0.1:0', '--gateway-listen', 'off', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const exit = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const running = { child, data, link: undefined, url: undefined, said: '' }
  child.stderr.on('data', (piece) => (running.said += piece))
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      running.link ??= /http\S+\/sign-in\?token=\S+/.exec(line)?.[0]
      if (line.startsWith('ready ')) return line.split(' ')[1]
    }
  })()
  running.url = await Promise.race([ready, exit])
  if (typeof running.url !== 'string') throw new Error(`it did not start: ${running.said}`)
  return running
}
