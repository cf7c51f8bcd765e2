// `build.mjs` writes the module: files of the package as base64 of gzip.

export const module: string | Promise<string>
export const vocabulary: string | Promise<string>
