// Builds dist/harmony.html: page, style, module and vocabulary in one file that requests nothing.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const here = new URL('.', import.meta.url).pathname
// The package of this repository, by its name. Not a dependency: the lock file would repeat what its own one says.
if (!existsSync(`${here}node_modules/openai-harmony`)) symlinkSync('../../../javascript', `${here}node_modules/openai-harmony`)

const bundle = (entry, options) =>
  build({ entryPoints: [here + entry], bundle: true, minify: true, write: false, legalComments: 'none', charset: 'utf8', ...options }).then(
    ({ outputFiles: [file] }) => file.text.trimEnd(),
  )

/** Module and vocabulary as base64 of their gzip: a third of their size, and what any browser unpacks. */
const packed = {
  name: 'packed',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.(wasm|seed)$/ }, ({ path }) => ({
      contents: gzipSync(readFileSync(path), { level: 9 }).toString('base64'),
      loader: 'text',
    })),
}

const style = await bundle('src/style.css', {})
// No `</script>` may be inside of the script; esbuild escapes it.
const script = await bundle('src/page.ts', { format: 'esm', target: 'es2022', conditions: ['browser'], plugins: [packed] })
const hash = text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  'img-src data:',
  // Only where the form of the live view streams from, and only when somebody asks for that.
  `connect-src ${['http', 'https'].flatMap(scheme => ['localhost', '127.0.0.1'].map(host => `${scheme}://${host}:*`)).join(' ')}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const html = readFileSync(`${here}src/index.html`, 'utf8')
  .replace('<!-- policy -->', () => `<meta http-equiv="Content-Security-Policy" content="${policy}">`)
  .replace('<!-- style -->', () => `<style>${style}</style>`)
  .replace('<!-- script -->', () => `<script type="module">${script}</script>`)
mkdirSync(`${here}dist`, { recursive: true })
writeFileSync(`${here}dist/harmony.html`, html)
console.log(`dist/harmony.html: ${(html.length / 1e6).toFixed(2)} MB`)
