// Loaded with NODE_OPTIONS into everything that packages the stack: a connection to anywhere ends the process.
const net = require('node:net')
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args
  if (typeof options === 'number' || options?.port !== undefined) {
    process.stderr.write(`network use: ${options?.host ?? 'localhost'}:${options?.port ?? options}\n`)
    process.exit(99)
  }
  return connect.apply(this, args)
}
