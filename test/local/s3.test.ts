import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { failureOf, type LocalS3, startLocalS3 } from './local-s3.js'

let s3: LocalS3
let client: S3Client
let Bucket: string
beforeAll(async () => {
  s3 = await startLocalS3('disk')
  client = s3.client
})
afterAll(async () => {
  await s3.close()
  expect(s3.errors).toEqual([])
})
beforeEach(async () => {
  Bucket = await s3.newBucket()
})

async function put(Key: string, Body: string | Uint8Array = Key): Promise<string> {
  return (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).ETag!
}

async function textOf(Key: string): Promise<string> {
  return (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()
}

describe('buckets of the local S3', () => {
  it('are created once, listed, found and located', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'a-bucket.of-mine' }))
    expect(await failureOf(client.send(new CreateBucketCommand({ Bucket: 'a-bucket.of-mine' })))).toBe(
      '409 BucketAlreadyOwnedByYou',
    )
    const { Buckets = [] } = await client.send(new ListBucketsCommand({ Prefix: 'a-b' }))
    expect(Buckets.map(({ Name }) => Name)).toEqual(['a-bucket.of-mine'])
    expect(Buckets[0]!.CreationDate).toBeInstanceOf(Date)
    expect((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1')
    expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined()
  })

  it('tell their Region where it is another', async () => {
    const other = await startLocalS3('memory', { region: 'eu-central-1' })
    const located = await other.client.send(new GetBucketLocationCommand({ Bucket: await other.newBucket() }))
    expect(located.LocationConstraint).toBe('eu-central-1')
    await other.close()
  })

  it('are deleted when they are empty', async () => {
    await put('a')
    expect(await failureOf(client.send(new DeleteBucketCommand({ Bucket })))).toBe('409 BucketNotEmpty')
    expect(await textOf('a')).toBe('a')
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))
    await client.send(new DeleteBucketCommand({ Bucket }))
    expect(await failureOf(client.send(new HeadBucketCommand({ Bucket })))).toBe('404 NotFound')
    expect(await failureOf(client.send(new ListObjectsV2Command({ Bucket })))).toBe('404 NoSuchBucket')
    expect(await failureOf(client.send(new PutObjectCommand({ Bucket, Key: 'a' })))).toBe('404 NoSuchBucket')
    expect(await failureOf(client.send(new GetObjectCommand({ Bucket, Key: 'a' })))).toBe('404 NoSuchBucket')
  })

  it.each(['ab', 'Upper', 'under_score', '-a-b', 'a..b', '192.168.1.1', 'x'.repeat(64)])(
    'cannot be called %s',
    async name => {
      expect(await failureOf(client.send(new CreateBucketCommand({ Bucket: name })))).toBe('400 InvalidBucketName')
    },
  )

  it('answer 501 for what is not implemented', async () => {
    await put('a')
    const versioning = client.send(new GetBucketVersioningCommand({ Bucket }))
    expect(await failureOf(versioning)).toBe('501 NotImplemented')
    const tagging = client.send(new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet: [] } }))
    expect(await failureOf(tagging)).toBe('501 NotImplemented')
    await expect(client.send(new GetBucketVersioningCommand({ Bucket }))).rejects.toThrow(
      'The local S3 service does not implement GET on the bucket with parameters [versioning].',
    )
    const version = client.send(new GetObjectCommand({ Bucket, Key: 'a', VersionId: 'v1' }))
    expect(await failureOf(version)).toBe('501 NotImplemented')
    const readable = client.send(new PutObjectCommand({ Bucket, Key: 'a', ACL: 'public-read' }))
    expect(await failureOf(readable)).toBe('501 NotImplemented')
    const tagged = client.send(new PutObjectCommand({ Bucket, Key: 'a', Tagging: 'a=b' }))
    expect(await failureOf(tagged)).toBe('501 NotImplemented')
    expect(await textOf('a')).toBe('a')
  })
})

describe('objects of the local S3', () => {
  it('come back with their headers and metadata', async () => {
    const headers = {
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a b.txt"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      ContentType: 'text/plain; charset=utf-8',
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'arn:aws:kms:us-east-1:123456789012:key/a',
      Metadata: { attempt: 'x-1', 'with-dash': 'a  b' },
    } as const
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello', ...headers }))
    const { Body, ...got } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    expect(await Body!.transformToString()).toBe('hello')
    expect(got).toMatchObject({ ...headers, ContentLength: 5, AcceptRanges: 'bytes' })
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).toMatchObject({
      ...headers,
      ContentLength: 5,
    })
    const plain = await client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x' }))
    expect(plain.ServerSideEncryption).toBe('AES256')
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'b' }))).toMatchObject({
      ContentType: 'application/octet-stream',
      Metadata: {},
    })
  })

  it('take more than 2 KB of metadata from nobody', async () => {
    const Metadata = { big: 'x'.repeat(2046) }
    expect(await failureOf(client.send(new PutObjectCommand({ Bucket, Key: 'a', Metadata })))).toBe(
      '400 MetadataTooLarge',
    )
  })

  it('come back with other headers where a request asks for them', async () => {
    await put('a')
    const got = await client.send(
      new GetObjectCommand({ Bucket, Key: 'a', ResponseContentType: 'text/x', ResponseCacheControl: 'no-store' }),
    )
    expect(got).toMatchObject({ ContentType: 'text/x', CacheControl: 'no-store' })
  })

  it('are read on conditions', async () => {
    const etag = await put('a')
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
    const later = new Date(LastModified!.getTime() + 1000)
    const earlier = new Date(LastModified!.getTime() - 1000)
    const outcome = async (conditions: object) => {
      const request = { Bucket, Key: 'a', ...conditions }
      const get = await client.send(new GetObjectCommand(request)).then(
        answer => String(answer.$metadata.httpStatusCode),
        (error: { $metadata: { httpStatusCode: number } }) => String(error.$metadata.httpStatusCode),
      )
      const head = await client.send(new HeadObjectCommand(request)).then(
        answer => String(answer.$metadata.httpStatusCode),
        (error: { $metadata: { httpStatusCode: number } }) => String(error.$metadata.httpStatusCode),
      )
      expect(head).toBe(get)
      return get
    }
    expect(await outcome({ IfMatch: etag })).toBe('200')
    expect(await outcome({ IfMatch: '"other"' })).toBe('412')
    expect(await outcome({ IfNoneMatch: etag })).toBe('304')
    expect(await outcome({ IfNoneMatch: '"other"' })).toBe('200')
    expect(await outcome({ IfModifiedSince: LastModified })).toBe('304')
    expect(await outcome({ IfModifiedSince: earlier })).toBe('200')
    expect(await outcome({ IfUnmodifiedSince: earlier })).toBe('412')
    expect(await outcome({ IfUnmodifiedSince: later })).toBe('200')
    expect(await outcome({ IfMatch: etag, IfUnmodifiedSince: earlier })).toBe('200')
    expect(await outcome({ IfNoneMatch: '"other"', IfModifiedSince: later })).toBe('200')
  })

  it('are written on conditions, with the codes of S3', async () => {
    const etag = await put('a')
    const write = (conditions: object, Key = 'a') =>
      failureOf(client.send(new PutObjectCommand({ Bucket, Key, Body: 'new', ...conditions })))
    expect(await write({ IfNoneMatch: '*' })).toBe('412 PreconditionFailed')
    expect(await write({ IfMatch: '"other"' })).toBe('412 PreconditionFailed')
    expect(await write({ IfMatch: etag }, 'none')).toBe('404 NoSuchKey')
    expect(await write({ IfNoneMatch: etag })).toBe('501 NotImplemented')
    expect(await write({ IfNoneMatch: '*', IfMatch: etag })).toBe('400 InvalidRequest')
    expect(await textOf('a')).toBe('a')
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'new', IfMatch: etag.slice(1, -1) }))
    expect(await textOf('a')).toBe('new')
  })

  it('answer ranges with 206 and where the part lies', async () => {
    await put('a', '0123456789')
    const part = async (Range: string) => {
      const { Body, ContentRange, $metadata } = await client.send(new GetObjectCommand({ Bucket, Key: 'a', Range }))
      return [$metadata.httpStatusCode, ContentRange, await Body!.transformToString()]
    }
    expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await part('bytes=-4')).toEqual([206, 'bytes 6-9/10', '6789'])
    expect(await part('bytes=8-')).toEqual([206, 'bytes 8-9/10', '89'])
    expect(await part('bytes=4-2')).toEqual([200, undefined, '0123456789'])
    expect(await part('bytes=0-1,4-5')).toEqual([200, undefined, '0123456789'])
    expect(await part('lines=1-2')).toEqual([200, undefined, '0123456789'])
    const past = client.send(new GetObjectCommand({ Bucket, Key: 'a', Range: 'bytes=10-' }))
    expect(await failureOf(past)).toBe('416 InvalidRange')
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a', Range: 'bytes=0-0' }))
    expect(head).toMatchObject({ ContentLength: 1, $metadata: { httpStatusCode: 206 } })
  })

  it('are deleted one by one and many at once', async () => {
    for (const key of ['a', 'b', 'c & <d>', 'e\r\nf']) await put(key)
    expect((await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))).$metadata.httpStatusCode).toBe(204)
    expect((await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))).$metadata.httpStatusCode).toBe(204)
    const Objects = [{ Key: 'b' }, { Key: 'c & <d>' }, { Key: 'nowhere' }]
    const loud = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(loud.Deleted).toEqual(Objects)
    const quiet = await client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'e\r\nf' }, { Key: 'x'.repeat(1025) }], Quiet: true },
      }),
    )
    expect(quiet.Deleted).toBeUndefined()
    expect(quiet.Errors).toMatchObject([{ Key: 'x'.repeat(1025), Code: 'KeyTooLongError' }])
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0)
    const many = Array.from({ length: 1001 }, (_, index) => ({ Key: String(index) }))
    const tooMany = client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: many } }))
    expect(await failureOf(tooMany)).toBe('400 MalformedXML')
  })

  it('are copied with or without what belongs to them', async () => {
    const Key = 'ä b+c%.txt'
    const source = { Bucket, Key, Body: 'hello', ContentType: 'text/x', Metadata: { one: '1' } }
    const { ETag } = await client.send(new PutObjectCommand(source))
    const CopySource = `${Bucket}/${encodeURIComponent(Key)}`
    const { CopyObjectResult } = await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))
    expect(CopyObjectResult).toMatchObject({ ETag, LastModified: expect.any(Date) })
    const copy = await client.send(new GetObjectCommand({ Bucket, Key: 'copy' }))
    expect(copy).toMatchObject({ ContentType: 'text/x', Metadata: { one: '1' } })
    expect(await copy.Body!.transformToString()).toBe('hello')
    const replace = { MetadataDirective: 'REPLACE', Metadata: { two: '2' }, ContentType: 'text/y' } as const
    await client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...replace }))
    expect(await client.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
      ContentType: 'text/y',
      Metadata: { two: '2' },
    })
    const copyTo = (rest: object) => failureOf(client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...rest })))
    expect(await copyTo({})).toBe('400 InvalidRequest')
    expect(await copyTo({ Key: 'copy', IfNoneMatch: '*' })).toBe('412 PreconditionFailed')
    expect(await copyTo({ Key: 'x', CopySourceIfMatch: '"other"' })).toBe('412 PreconditionFailed')
    expect(await copyTo({ Key: 'x', CopySourceIfNoneMatch: ETag })).toBe('412 PreconditionFailed')
    expect(await copyTo({ Key: 'x', CopySource: `${Bucket}/nowhere` })).toBe('404 NoSuchKey')
  })
})

describe('the clock of the local S3', () => {
  it('is learnt by a client whose own is wrong', async () => {
    const operations: string[] = []
    const ahead = await startLocalS3('memory', {
      now: () => new Date(Date.now() + 30 * 60_000),
      onRequest: ({ operation, attempt }) => {
        operations.push(`${operation} ${attempt}`)
        return undefined
      },
    })
    const bucket = await ahead.newBucket()
    await ahead.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'x' }))
    expect(operations).toEqual(['CreateBucket 1', 'CreateBucket 2', 'PutObject 1'])
    await ahead.close()
  })
})

describe('listings of the local S3', () => {
  const keys = ['a', 'a/b', 'a/b/c', 'a/d', 'b c', 'b/', 'c+d', 'ä', '\u{ff5e}', '\u{1f600}']

  it('give pages of keys and common prefixes in one order', async () => {
    for (const key of keys) await put(key)
    const pages: string[][] = []
    let ContinuationToken: string | undefined
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken }),
      )
      pages.push([
        ...(page.Contents ?? []).map(({ Key }) => Key!),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
      ])
      expect(page.KeyCount).toBe(pages.at(-1)!.length)
      expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined)
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    expect(pages).toEqual([
      ['a', 'a/'],
      ['b c', 'b/'],
      ['c+d', 'ä'],
      ['\u{ff5e}', '\u{1f600}'],
    ])
  })

  it('go below a prefix', async () => {
    for (const key of keys) await put(key)
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', Delimiter: '/' }))
    expect(page.Contents!.map(({ Key }) => Key)).toEqual(['a/b', 'a/d'])
    expect(page.CommonPrefixes).toEqual([{ Prefix: 'a/b/' }])
    expect(page.Contents![0]).toMatchObject({ Size: 3, ETag: await put('a/b'), StorageClass: 'STANDARD' })
    expect((await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))).Contents).toBeUndefined()
    const wrong = client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: '!' }))
    expect(await failureOf(wrong)).toBe('400 InvalidArgument')
  })

  it('go on from a marker in the first version', async () => {
    for (const key of keys) await put(key)
    const found: string[] = []
    let Marker: string | undefined
    do {
      const page = await client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 3, Marker }))
      found.push(
        ...(page.Contents ?? []).map(({ Key }) => Key!),
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
      )
      Marker = page.IsTruncated ? page.NextMarker : undefined
    } while (Marker !== undefined)
    expect(found.sort()).toEqual(['a', 'a/', 'b c', 'b/', 'c+d', 'ä', '\u{ff5e}', '\u{1f600}'].sort())
  })

  it('carry control characters in keys', async () => {
    await put('a\u0001b')
    const page = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }))
    expect(page.Contents!.map(({ Key }) => Key)).toEqual(['a%01b'])
  })
})

describe('uploads in parts of the local S3', () => {
  const mebibytes = (count: number, fill: number) => new Uint8Array(count * 2 ** 20).fill(fill)

  async function upload(Key: string, bodies: readonly Uint8Array[], create: object = {}, part: object = {}) {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...create }))
    const Parts = []
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1
      const answer = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...part }))
      Parts.push({
        PartNumber,
        ETag: answer.ETag,
        ChecksumCRC32: answer.ChecksumCRC32,
        ChecksumSHA256: answer.ChecksumSHA256,
      })
    }
    return { Bucket, Key, UploadId, MultipartUpload: { Parts } }
  }

  it('become one object with all that was said when they began', async () => {
    const bodies = [mebibytes(5, 1), mebibytes(5, 2), mebibytes(1, 3)]
    const parts = await upload('big', bodies, { ContentType: 'text/x', Metadata: { one: '1' } })
    const listed = await client.send(
      new ListPartsCommand({ Bucket, Key: 'big', UploadId: parts.UploadId, MaxParts: 2 }),
    )
    expect(listed.Parts!.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([1, 2].map(n => [n, 5 * 2 ** 20]))
    expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' })
    expect(await failureOf(client.send(new HeadObjectCommand({ Bucket, Key: 'big' })))).toBe('404 NotFound')
    const done = await client.send(new CompleteMultipartUploadCommand(parts))
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }))
    expect(got).toMatchObject({ ContentType: 'text/x', Metadata: { one: '1' }, ETag: done.ETag })
    expect(Buffer.compare(await got.Body!.transformToByteArray(), Buffer.concat(bodies))).toBe(0)
    const page = await client.send(new ListObjectsV2Command({ Bucket }))
    expect(page.Contents).toMatchObject([{ Key: 'big', ETag: done.ETag, Size: 11 * 2 ** 20 }])
    expect(await failureOf(client.send(new CompleteMultipartUploadCommand(parts)))).toBe('404 NoSuchUpload')
  })

  it('have a checksum of checksums', async () => {
    const parts = await upload(
      'big',
      [mebibytes(5, 1), mebibytes(1, 2)],
      { ChecksumAlgorithm: 'SHA256' },
      { ChecksumAlgorithm: 'SHA256' },
    )
    const done = await client.send(new CompleteMultipartUploadCommand(parts))
    expect(done).toMatchObject({ ChecksumSHA256: expect.stringMatching(/^.{43}=-2$/), ChecksumType: 'COMPOSITE' })
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'big', ChecksumMode: 'ENABLED' }))
    expect(head.ChecksumSHA256).toBe(done.ChecksumSHA256)
  })

  it('are completed on conditions', async () => {
    const etag = await put('a')
    const complete = async (conditions: object, Key = 'a') =>
      failureOf(
        client.send(new CompleteMultipartUploadCommand({ ...(await upload(Key, [mebibytes(1, 1)])), ...conditions })),
      )
    expect(await complete({ IfNoneMatch: '*' })).toBe('412 PreconditionFailed')
    expect(await complete({ IfMatch: '"other"' })).toBe('412 PreconditionFailed')
    expect(await complete({ IfMatch: etag }, 'none')).toBe('404 NoSuchKey')
    expect(await textOf('a')).toBe('a')
    const parts = await upload('a', [mebibytes(1, 1)])
    await client.send(new CompleteMultipartUploadCommand({ ...parts, IfMatch: etag }))
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).ContentLength).toBe(2 ** 20)
  })

  it('are refused when their parts are not right', async () => {
    const complete = async (change: (parts: { PartNumber: number; ETag: string | undefined }[]) => object[]) => {
      const request = await upload('a', [mebibytes(5, 1), mebibytes(1, 2)])
      const Parts = change(request.MultipartUpload.Parts)
      return failureOf(client.send(new CompleteMultipartUploadCommand({ ...request, MultipartUpload: { Parts } })))
    }
    expect(await complete(([first, second]) => [second!, first!])).toBe('400 InvalidPartOrder')
    expect(await complete(([first]) => [{ ...first, ETag: '"0"' }])).toBe('400 InvalidPart')
    expect(await complete(([first]) => [{ ...first, PartNumber: 3 }])).toBe('400 InvalidPart')
    const small = await upload('a', [mebibytes(4, 1), mebibytes(1, 2)])
    expect(await failureOf(client.send(new CompleteMultipartUploadCommand(small)))).toBe('400 EntityTooSmall')
    expect(await failureOf(client.send(new HeadObjectCommand({ Bucket, Key: 'a' })))).toBe('404 NotFound')
  })

  it('are gone when they are aborted', async () => {
    const { UploadId } = await upload('a', [mebibytes(1, 1)])
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'a', UploadId }))
    const part = { Bucket, Key: 'a', UploadId, PartNumber: 1, Body: 'x' }
    expect(await failureOf(client.send(new UploadPartCommand(part)))).toBe('404 NoSuchUpload')
    expect(await failureOf(client.send(new ListPartsCommand({ Bucket, Key: 'a', UploadId })))).toBe('404 NoSuchUpload')
    const other = await upload('a', [mebibytes(1, 1)])
    const elsewhere = client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'b', UploadId: other.UploadId }))
    expect(await failureOf(elsewhere)).toBe('404 NoSuchUpload')
  })

  it('take parts from other objects', async () => {
    await put('source', mebibytes(6, 7))
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }))
    const copy = { Bucket, Key: 'a', UploadId, CopySource: `${Bucket}/source` }
    const first = await client.send(
      new UploadPartCopyCommand({ ...copy, PartNumber: 1, CopySourceRange: 'bytes=0-5242879' }),
    )
    const second = await client.send(
      new UploadPartCopyCommand({ ...copy, PartNumber: 2, CopySourceRange: 'bytes=5242880-6291455' }),
    )
    const Parts = [first, second].map(({ CopyPartResult }, index) => ({
      PartNumber: index + 1,
      ETag: CopyPartResult!.ETag,
    }))
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'a', UploadId, MultipartUpload: { Parts } }))
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }))
    expect(Buffer.compare(await got.Body!.transformToByteArray(), mebibytes(6, 7))).toBe(0)
  })
})
