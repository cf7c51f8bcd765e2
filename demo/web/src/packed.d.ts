/** Files of the package that the build packs: gzip, then base64. */
declare module 'openai-harmony/*.wasm' {
  const packed: string
  export default packed
}
declare module 'openai-harmony/o200k.seed' {
  const packed: string
  export default packed
}
