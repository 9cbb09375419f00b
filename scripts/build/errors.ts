/** A function could not be bundled: a source does not resolve or does not parse. The message is esbuild's. */
export class BundleFailed extends Error {
  override name = 'BundleFailed'

  constructor(entry: string, cause: unknown) {
    super(`build: ${entry}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** The configuration does not hold. The message is every diagnostic, drawn under its line. */
export class InvalidPipeline extends Error {
  override name = 'InvalidPipeline'
}

/** There is no configuration file, or it cannot be read. */
export class UnreadablePipeline extends Error {
  override name = 'UnreadablePipeline'

  constructor(file: string, cause: unknown) {
    super(`build: ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** DuckDB's native library for the architecture of the functions is not on this machine. */
export class LibraryMissing extends Error {
  override name = 'LibraryMissing'

  constructor(library: string) {
    super(
      `build: ${library} is not installed. \`npm run prepare\` fetches it from the registry; --param="arch=x86_64" or arch=arm64 packages for the other architecture.`,
    )
  }
}

/** `arch` is neither of Lambda's two. */
export class ArchitectureUnknown extends Error {
  override name = 'ArchitectureUnknown'

  constructor(name: string) {
    super(`build: the architecture is arm64 or x86_64, found ${JSON.stringify(name)}`)
  }
}
