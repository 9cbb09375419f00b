/** A file of the user's that cannot be read as log lines; the message says why and names the file. */
export class FileUnreadable extends Error {
  constructor(file: string, why: string, options?: ErrorOptions) {
    super(`${file}: ${why}`, options)
    this.name = 'FileUnreadable'
  }
}
