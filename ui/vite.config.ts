import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// The page talks to one origin; while developing, Vite passes /api to a real server or to the
// fixture server (npm run fixtures).
const upstream = process.env.SWITCHYARD_URL ?? 'http://127.0.0.1:7499'

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // Older targets would rewrite light-dark(), which the tokens are made of.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The server's content security policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    // What the first paint needs is one file: split by who else shares a part, it was thirteen, which
    // compress worse and come later.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'entry', tags: ['$initial'] }] } } },
  },
  server: { proxy: { '/api': { target: upstream, changeOrigin: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
