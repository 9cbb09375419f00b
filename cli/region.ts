/**
 * The region that an option names, else the environment (`AWS_DEFAULT_REGION` too, as the AWS CLI has it), else the AWS
 * configuration's profile.
 * @throws when nothing does
 */
export async function regionOf(option: string | undefined): Promise<string> {
  const named = option ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
  if (named !== undefined && named !== '') return named
  try {
    // Loaded here: it takes longer than most commands do.
    const { S3Client } = await import('@aws-sdk/client-s3')
    return await new S3Client({}).config.region()
  } catch (cause) {
    throw new Error('no region is set: name it with --region, or in AWS_REGION', { cause })
  }
}

/** The region of what is landed from here: that of the one-machine system where the lake is a directory. */
export function regionOfRows(option: string | undefined, lake: string | undefined): Promise<string> {
  return lake?.startsWith('s3://') === true ? regionOf(option) : regionOf(option).catch(() => 'us-east-1')
}
