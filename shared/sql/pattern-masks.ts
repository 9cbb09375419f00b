const months = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'

/**
 * What differs between lines of one pattern, in the order in which it is masked: each mask is put where its expression
 * matches. A word with a digit in it, as Drain takes it, is variable.
 */
export const patternMasks: readonly { readonly type: string; readonly regex: string }[] = [
  { type: 'ID', regex: '\\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\\b' },
  {
    type: 'Time',
    regex:
      '\\b[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?)?(Z|[+-][0-9]{2}:?[0-9]{2}\\b)?',
  },
  // Alone, as syslog writes it, and as web servers do.
  {
    type: 'Time',
    regex: `\\b((${months}) +[0-9]{1,2} +|[0-9]{1,2}/(${months})/[0-9]{4}:)?[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?( [+-][0-9]{4})?\\b`,
  },
  { type: 'IP', regex: '\\b[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}\\b' },
  { type: 'Number', regex: '\\b[0-9]+([.][0-9]+)?\\b' },
  { type: 'Token', regex: '[A-Za-z_]+[0-9][A-Za-z0-9_]*|[0-9]+[A-Za-z_][A-Za-z0-9_]*' },
]
