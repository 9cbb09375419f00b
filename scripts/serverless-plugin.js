import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Makes `serverless package` and `serverless deploy` build the functions first, so that a fresh clone needs no other
 * command. The build runs in a process of its own because Serverless loads plugins as JavaScript.
 */
export default class BuildPlugin {
  constructor(serverless, _options, { log }) {
    const build = async () => {
      const running = promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
        cwd: serverless.serviceDir,
      })
      const { stdout, stderr } = await running.catch(failure => {
        throw new serverless.classes.Error(failure.stderr || failure.message, 'BUILD_FAILED')
      })
      if (stderr !== '') log.warning(stderr)
      log.info(stdout)
    }
    this.hooks = {
      'before:package:createDeploymentArtifacts': build,
      'before:package:function:package': build,
    }
  }
}
