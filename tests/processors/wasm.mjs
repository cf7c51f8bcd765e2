// Prints the fingerprint of a WebAssembly module:  node wasm.mjs FILE
import { readFileSync } from 'node:fs'

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]))
console.log(BigInt.asUintN(64, instance.exports.fingerprint()).toString(16).padStart(16, '0'))
