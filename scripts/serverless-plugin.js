import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Makes `serverless package` and `serverless deploy` build the functions first, so that a fresh clone needs no other
 * command, and adds the alarms and graphs of `pipeline.yml` to the template. The build runs in a process of its own
 * because Serverless loads plugins as JavaScript.
 */
export default class BuildPlugin {
  constructor(serverless, _options, { log }) {
    const build = async () => {
      const { architecture } = serverless.service.provider
      const script = ['--import', 'tsx', 'scripts/build.ts', '--arch', architecture]
      const running = promisify(execFile)(process.execPath, script, { cwd: serverless.serviceDir })
      const { stdout, stderr } = await running.catch(failure => {
        throw new serverless.classes.Error(failure.stderr || failure.message, 'BUILD_FAILED')
      })
      if (stderr !== '') log.warning(stderr)
      log.info(stdout)
    }
    const addMetricResources = async () => {
      const file = join(serverless.serviceDir, 'dist/metric-resources.json')
      const { resources, widgets } = JSON.parse(await readFile(file, 'utf8'))
      const template = serverless.service.provider.compiledCloudFormationTemplate
      Object.assign(template.Resources, resources)
      addWidgets(template.Resources.Dashboard.Properties.DashboardBody, widgets)
    }
    this.hooks = {
      'before:package:createDeploymentArtifacts': build,
      'before:package:function:package': build,
      'after:aws:package:finalize:mergeCustomProviderResources': addMetricResources,
    }
  }
}

/** Below the widgets that are there. */
function addWidgets(body, added) {
  const { widgets, ...rest } = JSON.parse(body['Fn::Sub'])
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height))
  const below = added.map(widget => ({ ...widget, y: widget.y + bottom }))
  body['Fn::Sub'] = JSON.stringify({ ...rest, widgets: [...widgets, ...below] })
}
