/** The packaged template says something that cannot be worked out on one machine; the message says what and where. */
export class TemplateUnresolvable extends Error {
  constructor(where: string, why: string) {
    super(`template: ${where}: ${why}`)
    this.name = 'TemplateUnresolvable'
  }
}
