/** Another program listens on the endpoint's port. */
export class PortInUse extends Error {
  readonly port: number
  constructor(host: string, port: number, options?: ErrorOptions) {
    super(
      `local endpoint: port ${port} on ${host} is in use by another program; stop it or choose another port`,
      options,
    )
    this.name = 'PortInUse'
    this.port = port
  }
}
