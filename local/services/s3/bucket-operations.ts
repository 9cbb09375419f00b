import { xmlAnswer } from './answer.js'
import { isBucketName, type Operation, storeOf } from './call.js'
import { S3Error } from './errors.js'
import { childText, parseXml } from './xml.js'

export const listBuckets: Operation = async ({ request, buckets }) => {
  const prefix = request.query.get('prefix') ?? ''
  const found = (await buckets.list()).filter(({ name }) => name.startsWith(prefix))
  const sorted = [...found].sort((a, b) => (a.name < b.name ? -1 : 1))
  return xmlAnswer('ListAllMyBucketsResult', {
    Owner: { ID: '123456789012', DisplayName: 'local' },
    Buckets: { Bucket: sorted.map(({ name, created }) => ({ Name: name, CreationDate: created })) },
  })
}

export const createBucket: Operation = async ({ buckets, bucket, payload }) => {
  const { body } = await payload()
  if (body.length > 0) {
    const constraint = childText(parseXml(body.toString('utf8')), 'LocationConstraint')
    if (constraint === '') throw new S3Error(400, 'InvalidLocationConstraint', 'The location constraint is empty.')
  }
  if (!isBucketName(bucket)) throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.')
  if (!(await buckets.create(bucket))) {
    const message = 'Your previous request to create the named bucket succeeded and you already own it.'
    throw new S3Error(409, 'BucketAlreadyOwnedByYou', message, { BucketName: bucket })
  }
  return { status: 200, headers: { location: `/${bucket}` } }
}

export const headBucket: Operation = async call => {
  await storeOf(call, call.bucket)
  return { status: 200, headers: { 'x-amz-bucket-region': call.region } }
}

export const deleteBucket: Operation = async call => {
  await storeOf(call, call.bucket)
  if (!(await call.buckets.remove(call.bucket))) {
    throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty', { BucketName: call.bucket })
  }
  return { status: 204 }
}

/** us-east-1 is the Region that answers with nothing. */
export const getBucketLocation: Operation = async call => {
  await storeOf(call, call.bucket)
  const answer = xmlAnswer('LocationConstraint', {})
  if (call.region === 'us-east-1') return answer
  return { ...answer, body: String(answer.body).replace('></', `>${call.region}</`) }
}
