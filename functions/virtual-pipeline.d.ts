/** `pipeline.yml` as it was, validated, when the package was built; `scripts/build/bundle-function.ts` answers for it. */
declare module 'virtual:pipeline' {
  const pipeline: import('../shared/config/pipeline.js').PipelineConfig
  export default pipeline
}
