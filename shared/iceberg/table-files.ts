/**
 * The files of a table in an object store. Iceberg names files by their full URI, stores by a key below their root;
 * `s3://bucket/root/table` with the store's root at `s3://bucket/root/` makes `table/…` the keys. URIs are not
 * percent-encoded: a name's characters are the key's.
 */
import type { ObjectStore } from '../store/object-store.js'
import { OutsideStore } from './errors.js'
import type { ManifestCache } from './manifest-cache.js'

export interface TableFiles {
  readonly store: ObjectStore
  /** URI of the table's folder without a slash at the end; the last part of it is the key of the folder. */
  readonly location: string
  /** Manifests are immutable, so one cache serves every snapshot; without one each plan reads them anew. */
  readonly manifestCache?: ManifestCache
}

/** @throws OutsideStore for a file that is not below the store's root */
export function keyOf(files: Pick<TableFiles, 'location'>, uri: string): string {
  const root = sameScheme(rootOf(files.location))
  const path = sameScheme(uri)
  if (!path.startsWith(root) || path.length === root.length) {
    throw new OutsideStore(`iceberg: ${uri} is not below ${root}`)
  }
  return path.slice(root.length)
}

export function uriOf(files: Pick<TableFiles, 'location'>, key: string): string {
  return rootOf(files.location) + key
}

/** With a slash at the end. */
export function metadataFolder(files: Pick<TableFiles, 'location'>): string {
  return `${keyOf(files, files.location)}/metadata/`
}

/**
 * Of an object that names the newest metadata file that a catalog knows to be committed: the S3 catalog by its number, the
 * Glue catalog by `<N>-<uuid>`. It may be behind or missing.
 */
export function hintKeyOf(files: Pick<TableFiles, 'location'>): string {
  return `${metadataFolder(files)}version-hint.text`
}

export function isGlueHint(text: string): boolean {
  return /^\d{1,15}-[\w-]+$/.test(text)
}

/** With a slash at the end. */
export function dataFolder(files: Pick<TableFiles, 'location'>): string {
  return `${keyOf(files, files.location)}/data/`
}

function rootOf(location: string): string {
  return location.slice(0, location.lastIndexOf('/') + 1)
}

/** Hadoop's clients call the same objects `s3a:` and `s3n:`. */
function sameScheme(uri: string): string {
  return /^s3[an]:/.test(uri) ? `s3:${uri.slice(4)}` : uri
}
