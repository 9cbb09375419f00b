/** Columns that commands make under names of their own, and what is in them. */
export const columnNames = {
  pattern: {
    '@pattern': 'What the events have in common; what differs is a token such as <Number-1>.',
    '@ratio': 'Share of the events, from 0 to 1.',
    '@sampleCount': 'Number of events.',
    '@severityLabel': 'ERROR, WARN or INFO, by the words of the pattern.',
  },
  diff: {
    '@baselineSampleCount': 'Number of events in the window compared with.',
    '@difference': 'Events more, or fewer, than in the window compared with.',
    '@differenceDescription': 'new, gone, more, fewer or unchanged.',
  },
  anomaly: {
    '@anomalyScore': 'How surprising the pattern is, in bits.',
    '@isAnomaly': '1 for patterns of less than 1 % of the events.',
  },
  relevantfields: {
    '@fieldName': 'Field that is ranked.',
    '@relevanceScore': 'How much its values differ, from 0 to 1.',
    '@topRelevanceContributors': 'Value whose share grows most.',
    '@conditionalMedian': 'Median where the condition holds.',
    '@baselineMedian': 'Median elsewhere.',
  },
  countfrequent: { _approxcount: 'Number of events with the values.' },
  sessionize: { session_id: 'Identity and number of the session.' },
  addtotals: { Total: 'Sum of the numeric fields of the row.' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>
