import type { Diagnostic } from '../diagnostics/diagnostic.js'
import { checkAcross } from './check-across.js'
import { explainIssue } from './explain-issue.js'
import type { GroupSettings, PipelineConfig } from './pipeline.js'
import { defaultsSection } from './sections/defaults.js'
import { builtInSettings } from './sections/settings.js'
import { pipelineSchema, sections } from './sections.js'
import { readYaml, type YamlSource } from './yaml-source.js'

/** A configuration with its warnings, or every error and warning of the file. Both in the order of the text. */
export type LoadedPipeline =
  | { readonly config: PipelineConfig; readonly diagnostics: readonly Diagnostic[] }
  | { readonly config: undefined; readonly diagnostics: readonly Diagnostic[] }

/** Reads the text of a `pipeline.yml`. Never throws on a text, whatever it holds. */
export function loadPipeline(text: string): LoadedPipeline {
  const source = readYaml(text)
  const parsed = source.value === undefined ? undefined : pipelineSchema.safeParse(source.value, { reportInput: true })
  const issues = parsed?.success === false ? parsed.error.issues : []
  const across = checkAcross(source.value).map(({ code, path, message, hint, span }) => ({
    code,
    severity: 'error' as const,
    span: span === undefined ? source.spanOf(path) : source.spanWithin(path, span),
    message,
    hint,
  }))
  const found = [...issues.flatMap(issue => explainIssue(issue, source)), ...across]
  const diagnostics = inOrder([...source.problems, ...beforeSyntaxError(found, source.problems)])
  if (parsed?.success !== true || diagnostics.length > 0) return { config: undefined, diagnostics }
  const written = parsed.data as Readonly<Record<string, unknown>>
  return { config: lower(written), diagnostics: inOrder(review(written, source)) }
}

/** What stands behind a syntax error was perhaps not read as it is meant: a second look comes when that is mended. */
function beforeSyntaxError(found: readonly Diagnostic[], problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const broken = problems.filter(problem => problem.code === 'config/yaml-syntax')
  if (broken.length === 0) return found
  const first = Math.min(...broken.map(problem => problem.span.start))
  return found.filter(({ code, span }) => code !== 'config/missing-key' && span.end <= first)
}

function lower(written: Readonly<Record<string, unknown>>): PipelineConfig {
  const defaults = defaultsSection.lower(written.defaults, builtInSettings) as GroupSettings
  const lowered = sections.map(section => [
    section.key,
    section === defaultsSection ? defaults : section.lower(written[section.key], defaults),
  ])
  return { version: 1, ...Object.fromEntries(lowered) } as PipelineConfig
}

function review(written: Readonly<Record<string, unknown>>, source: YamlSource): Diagnostic[] {
  return sections.flatMap(section =>
    (section.review?.(written[section.key]) ?? []).map(({ code, path, message, hint }) => ({
      code,
      severity: 'warning' as const,
      span: source.spanOf([section.key, ...path]),
      message,
      hint,
    })),
  )
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.span.start - b.span.start)
}
