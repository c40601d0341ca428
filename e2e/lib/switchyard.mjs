// The product as a process: started with free ports in a folder of its own, and ended by its id.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

export const binary = resolve(
  import.meta.dirname,
  '..',
  process.env.SWITCHYARD_BIN ?? '../target/debug/switchyard',
)

/** A folder that is gone when the test ends. */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'switchyard-e2e-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Asks `condition` until it answers something true; its last failure or answer is told when it never does. */
export async function until(what, condition, { seconds = 20 } = {}) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    let last
    try {
      const found = await condition()
      if (found) return found
      last = found
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`never in ${seconds} s: ${what}; last: ${last}`, { cause: last })
    await pause(25)
  }
}

/** `switchyard dev` in `data`; ready when this resolves. */
export async function start(t, { data = folder(t), demo = false, flagdPort = 0, args: more = [] } = {}) {
  const ports = ['--port', '0', '--gateway-port', '0', '--flagd-port', String(flagdPort)]
  const args = ['dev', '--data', data, ...ports, ...more]
  const child = spawn(binary, demo ? args : [...args, '--no-demo'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  let said = ''
  let complained = ''
  child.stderr.on('data', (piece) => (complained += piece))
  const ready = new Promise((done) => {
    // The last line of the greeting; what stands before it is there by then.
    const last = demo ? /History, and revert/ : /Start with:/
    createInterface({ input: child.stdout }).on('line', (line) => {
      said += `${line}\n`
      if (last.test(line)) done(true)
    })
  })
  const running = {
    child,
    data,
    ended,
    /** What is to be closed before it: clients that would complain. */
    closing: [],
    get said() {
      return said
    },
    get complained() {
      return complained
    },
    /** Ends it with a signal and waits until it is gone. */
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return ended
    },
  }
  t.after(async () => {
    for (const close of running.closing) await close()
    await running.end('SIGKILL')
  })
  const first = await Promise.race([ready, ended])
  if (first !== true) throw new Error(`it ended before it was ready: ${JSON.stringify(first)} ${complained}`)
  Object.assign(running, JSON.parse(readFileSync(join(data, 'dev.json'), 'utf8')))
  const base = `${running.url}/api/v1`
  const call = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${running.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined }
  }
  const good = async (...asked) => {
    const answer = await call(...asked)
    if (answer.status >= 300) {
      throw new Error(`${asked[0]} ${asked[1]}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    return answer.body
  }
  const project = `/projects/${running.project}`
  return Object.assign(running, {
    call,
    get: (path) => good('GET', path),
    post: (path, body) => good('POST', path, body),
    inProject: (path) => project + path,
    here: (path) => `${project}/environments/${running.environment}${path}`,
    /** Runs the command line against this server. */
    cli: (args, options = {}) =>
      cli(args, { ...options, env: { SWITCHYARD_URL: running.url, SWITCHYARD_TOKEN: running.token, ...options.env } }),
  })
}

/** Runs the command line; answers its exit code and what it said. */
export function cli(args, { env = {}, input, cwd } = {}) {
  // Settings of the machine must not reach the command.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SWITCHYARD_')),
  )
  return new Promise((done, fail) => {
    const options = { env: { ...inherited, ...env }, cwd, maxBuffer: 64 << 20 }
    const child = execFile(binary, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') fail(error)
      else done({ code: error?.code ?? 0, stdout, stderr })
    })
    // A command that refuses at once reads nothing.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
