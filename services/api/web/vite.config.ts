import { defineConfig } from 'vite'

// Everything is served by handoff-api from one folder, under a policy that allows this site's files only:
// nothing may be inlined into the page.
export default defineConfig({
  base: '/',
  build: {
    outDir: '../../../build/web',
    emptyOutDir: true,
    target: 'es2020',
    assetsInlineLimit: 0,
    modulePreload: false,
  },
})
