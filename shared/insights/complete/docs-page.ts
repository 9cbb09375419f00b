/** Where the documentation of CloudWatch tells more. */
export interface DocsPage {
  readonly text: string
  readonly url: string
}

const folder = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs'

/** Ends of the addresses of pages that are not spelled as their command. */
const otherPages: Readonly<Record<string, string>> = {
  filterindex: 'FilterIndex',
  countfrequent: 'CountFrequent',
  relevantfields: 'RelevantFields',
  json: '',
}

export function commandPage(name: string): DocsPage {
  const lower = name.toLowerCase()
  const page = otherPages[lower] ?? lower.charAt(0).toUpperCase() + lower.slice(1)
  return { text: `the command ${name} in the CloudWatch Logs User Guide`, url: pageUrl(page) }
}

const hashes = ['md5', 'sha256']
const overTime = ['rate', 'countOverTime', 'sumOverTime', 'histogram']

export function functionPage({ name, kind }: { readonly name: string; readonly kind: string }): DocsPage {
  const page = hashes.includes(name)
    ? 'hash-functions'
    : overTime.includes(name)
      ? 'timeseries-functions'
      : kind === 'aggregate'
        ? 'Stats'
        : name === 'unmask'
          ? 'Unmask'
          : 'operations-functions'
  const what = kind === 'aggregate' ? 'aggregates of stats' : 'functions and operators'
  return { text: `${what} in the CloudWatch Logs User Guide`, url: pageUrl(page) }
}

export const operatorsPage: DocsPage = {
  text: 'operators and functions in the CloudWatch Logs User Guide',
  url: pageUrl('operations-functions'),
}

export const fieldsPage: DocsPage = {
  text: 'discovered fields in the CloudWatch Logs User Guide',
  url: `${folder}/CWL_AnalyzeLogData-discoverable-fields.html`,
}

function pageUrl(page: string): string {
  return `${folder}/CWL_QuerySyntax${page === '' ? '' : `-${page}`}.html`
}
