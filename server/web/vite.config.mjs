// Builds the four pages and the phone's service worker. Chromium 80 is the oldest browser meant.
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { defineConfig } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const target = 'chrome80';
const page = (name) => join(here, `${name}.html`);

/// What the phone page needs to open without network: itself, its icons, and all that its scripts lead to.
function filesOfPhone(emitted) {
  const files = new Set(['/', '/manifest.webmanifest', '/icons/icon-192.png']);
  const add = (name) => {
    const chunk = emitted[name];
    if (!chunk || files.has(`/${name}`)) return;
    files.add(`/${name}`);
    for (const other of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? []), ...(chunk.viteMetadata?.importedCss ?? [])]) add(other);
  };
  for (const [name, chunk] of Object.entries(emitted)) if (chunk.isEntry && chunk.name === 'index') add(name);
  return [...files];
}

/// A service worker is one classic script, since Chromium 80 knows no other; it names what it keeps.
function serviceWorker() {
  let emitted;
  return {
    name: 'waystation-service-worker',
    writeBundle(options, files) {
      emitted = files;
    },
    async closeBundle() {
      if (!emitted) return;
      await bundle({
        entryPoints: [join(here, 'src/phone/worker.ts')],
        outfile: join(here, 'dist/sw.js'),
        bundle: true,
        minify: true,
        format: 'iife',
        target,
        define: { __FILES__: JSON.stringify(filesOfPhone(emitted)), __BUILD__: JSON.stringify(buildOf(emitted)) },
      });
    },
  };
}

/// Names the build: another page, another name.
function buildOf(emitted) {
  const html = Object.values(emitted).find((file) => file.fileName === 'index.html');
  return createHash('sha256').update(filesOfPhone(emitted).join(' ')).update(html.source).digest('hex').slice(0, 16);
}

export default defineConfig({
  root: here,
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  plugins: [serviceWorker()],
  build: {
    target,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: { input: ['index', 'dispatch', 'station', 'admin'].map(page) },
  },
});
