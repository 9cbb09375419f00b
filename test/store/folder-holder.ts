import { ownFolder } from '../../shared/store/own-folder.js'

/** Makes a folder, says where, and stays until it is killed or its standard input ends. */
process.stdout.write(`${await ownFolder(process.argv[2]!, 'work')}\n`)
process.stdin.resume()
