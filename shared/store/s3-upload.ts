import { type FileHandle, open } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { checkKey } from './key.js'
import type { S3StoreOptions } from './s3.js'
import { s3Failure } from './s3-failure.js'

/** Puts a file of any size under a key, in one step for readers. @throws ObjectStoreError */
export type FileUpload = (key: string, path: string) => Promise<void>

/** S3 takes at most 10,000 parts (Amazon S3 user guide, "multipart upload limits"). */
const maxParts = 10_000
const smallestPart = 16 * 1024 * 1024

/** Holds one part of the file at a time; what was begun and not finished is taken away. */
export function s3Upload(
  { client, bucket: Bucket, prefix = '' }: S3StoreOptions,
  partBytes: number = smallestPart,
): FileUpload {
  async function putParts(file: FileHandle, size: number, Key: string): Promise<void> {
    const length = Math.max(partBytes, Math.ceil(size / maxParts))
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    try {
      const Parts: CompletedPart[] = []
      for (let start = 0; start < size; start += length) {
        const PartNumber = Parts.length + 1
        const Body = await piece(file, start, Math.min(length, size - start))
        const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
        Parts.push({ PartNumber, ETag })
      }
      await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
    } catch (error) {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => undefined)
      throw error
    }
  }

  return async (key, path) => {
    checkKey(key, prefix)
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const Key = prefix + key
      if (size > partBytes) await putParts(file, size, Key)
      else await client.send(new PutObjectCommand({ Bucket, Key, Body: await piece(file, 0, size) }))
    } catch (error) {
      throw s3Failure('put', key, error)
    } finally {
      await file.close()
    }
  }
}

async function piece(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start)
  if (bytesRead !== length) throw new Error(`the file ends after ${start + bytesRead} bytes`)
  return buffer
}
