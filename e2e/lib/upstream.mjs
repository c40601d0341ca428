// The servers behind the gateway: one port for each arm, each says who it is and what it was told.
import http from 'node:http'
import { once } from 'node:events'

export async function upstreams(t, arms) {
  const endpoints = {}
  for (const arm of arms) {
    const server = http.createServer((request, answer) => {
      let bytes = 0
      request.on('data', (piece) => (bytes += piece.length))
      request.on('end', () => {
        answer.setHeader('content-type', 'application/json')
        answer.end(JSON.stringify({ arm, flags: request.headers['switchyard-flags'], url: request.url, bytes, headers: request.headers }))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    endpoints[arm] = `127.0.0.1:${server.address().port}`
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
  }
  return endpoints
}
