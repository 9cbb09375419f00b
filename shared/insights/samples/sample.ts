/** A query to begin with. */
export interface SampleQuery {
  /** What logs it is about: `lambda`, `vpc-flow`, `common`. */
  readonly source: string
  readonly title: string
  /** Source and title as one word: `lambda/cold-starts`. */
  readonly name: string
  readonly query: string
  /** What stands as `{{name}}` in the query and needs a value. */
  readonly parameters: readonly SampleParameter[]
}

export interface SampleParameter {
  readonly name: string
  readonly description: string
  readonly example: string
}

type Sample = readonly [title: string, query: string, parameters?: Readonly<Record<string, readonly [string, string]>>]

/** @param given title, query, and of each parameter the description and an example */
export function samples(source: string, given: readonly Sample[]): readonly SampleQuery[] {
  return given.map(([title, query, parameters = {}]) => ({
    source,
    title,
    name: `${source}/${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    query,
    parameters: Object.entries(parameters).map(([name, [description, example]]) => ({ name, description, example })),
  }))
}
