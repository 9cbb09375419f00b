import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './bucket-operations.js'
import type { Operation } from './call.js'
import { listObjects, listObjectsV2 } from './list-operations.js'
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listUploadedParts,
  uploadPart,
  uploadPartCopy,
} from './multipart-operations.js'
import { getObject, headObject } from './read-operations.js'
import type { OperationName } from './route.js'
import { copyObject, deleteObject, deleteObjects, putObject } from './write-operations.js'

export const operations: Readonly<Record<OperationName, Operation>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  ListObjectsV2: listObjectsV2,
  ListObjects: listObjects,
  DeleteObjects: deleteObjects,
  GetObject: getObject,
  HeadObject: headObject,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  ListParts: listUploadedParts,
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
}
