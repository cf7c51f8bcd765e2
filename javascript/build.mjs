// Builds dist/ in both module formats: a file for each entry, and one for what they share, which is one instance for all of them.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, transform } from 'esbuild'

process.chdir(fileURLToPath(new URL('.', import.meta.url)))
const target = 'es2022'
const read = file => readFileSync(file, 'utf8')

const { exports } = JSON.parse(read('package.json'))
const entries = Object.keys(exports)
  .filter(name => exports[name].import)
  .map(name => (name === '.' ? 'index' : name.slice('./'.length)))
const core = [...read('src/core.ts').matchAll(/from '\.\/(.*)\.js'/g)].map(([, name]) => name)

/** Entries import what is shared, and each other, as files; the rest is part of them. */
const apart = {
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\// }, ({ path }) => {
      const name = path.match(/([^/]*)\.js$/)?.[1]
      if (core.includes(name)) return { path: './core.js', external: true }
      return entries.includes(name) ? { path: `./${name}.js`, external: true } : undefined
    }),
}
/** `#open` is part of the entries that use it: a file less to load, and no name that pages without a bundler do not know. */
const opening = platform => ({
  name: 'opening',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^#open$/ }, () => ({ path: fileURLToPath(new URL(`src/open.${platform}.ts`, import.meta.url)) })),
})
const options = {
  outdir: 'dist/esm',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target,
  external: ['./inline-data.js', 'node:*'],
  logLevel: 'warning',
}
const points = names => names.map(name => ({ in: `src/${name}.ts`, out: name }))

rmSync('dist', { recursive: true, force: true })
mkdirSync('dist/cjs', { recursive: true })
await build({ ...options, entryPoints: points(['core']) })
await build({ ...options, entryPoints: points(entries), plugins: [apart, opening('node')] })
const opens = entries.filter(entry => exports[entry === 'index' ? '.' : `./${entry}`].browser)
await build({ ...options, entryPoints: points(opens), outExtension: { '.js': '.browser.js' }, plugins: [apart, opening('web')] })

for (const file of readdirSync('dist/esm').filter(file => !file.includes('.browser.'))) {
  const source = read(`dist/esm/${file}`)
  const usesUrl = source.includes('import.meta.url')
  const { code } = await transform(source, {
    format: 'cjs',
    platform: 'node',
    target,
    define: { 'import.meta.url': '__url' },
    banner: usesUrl ? 'const __url = require("node:url").pathToFileURL(__filename).href;' : '',
  })
  writeFileSync(`dist/cjs/${file}`, code)
}
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n')

// The data of the entry `inline`: 1.3 MB, so that the CommonJS one imports that of the other.
const packed = file => gzipSync(readFileSync(file), { level: 9 }).toString('base64')
const data = { module: packed('harmony.wasm'), vocabulary: packed('o200k.seed') }
const names = Object.keys(data)
writeFileSync('dist/esm/inline-data.js', names.map(name => `export const ${name} = '${data[name]}'\n`).join(''))
const promised = names.map(name => `exports.${name} = data.then(({ ${name} }) => ${name})\n`)
writeFileSync('dist/cjs/inline-data.js', `const data = import('../esm/inline-data.js')\n${promised.join('')}`)
