import { defineConfig } from 'vite';

// Every address inside the build is relative, so the pages may be served under any prefix.
export default defineConfig({
  base: './',
  publicDir: 'public',
  build: {
    outDir: '../static/dist',
    emptyOutDir: true,
    // Flask reads this file to find the hashed names (app/web/assets.py).
    manifest: 'manifest.json',
    // Chromium 109 is the last one for the Windows that many offices still run; it's above the floor of bpmn-js (98).
    target: ['chrome109', 'edge109', 'firefox115', 'safari16.4'],
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { main: 'src/main.js', diagram: 'src/diagram.js' },
    },
    // The licences of the scripts travel with the build; that of the styles lies in public/.
    license: { fileName: 'licences.md' },
  },
});
