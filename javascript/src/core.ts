// What the entries share. The build makes one file of it, because every file that is imported takes Node a millisecond.

export * from './encoding.js'
export * from './error.js'
export * from './full.js'
export * from './parser.js'
export * from './render-options.js'
export * from './rendered.js'
export * from './resource.js'
export * from './special.js'
export * from './stream.js'
export * from './transcript.js'
export * from './wasm.js'
