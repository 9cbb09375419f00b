/** The bucket and the prefix, which ends in a slash, that `s3://bucket/prefix` names; undefined for any other text. */
export function s3Name(place: string | undefined): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place ?? '') ?? []
  if (bucket === undefined) return undefined
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` }
}
