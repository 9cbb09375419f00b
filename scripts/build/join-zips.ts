/** Two zips as one, nothing unpacked: the entries of the first, then those of the second. Neither may have a comment. */
export function joinZips(first: Uint8Array, second: Uint8Array): Uint8Array {
  const [head, tail] = [partsOf(first), partsOf(second)]
  const moved = Buffer.from(tail.directory)
  for (let at = 0; at < moved.length; ) {
    moved.writeUInt32LE(moved.readUInt32LE(at + 42) + head.entries.length, at + 42)
    at += 46 + moved.readUInt16LE(at + 28) + moved.readUInt16LE(at + 30) + moved.readUInt16LE(at + 32)
  }
  const end = Buffer.from(head.end)
  const count = head.end.readUInt16LE(10) + tail.end.readUInt16LE(10)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(head.directory.length + moved.length, 12)
  end.writeUInt32LE(head.entries.length + tail.entries.length, 16)
  return Buffer.concat([head.entries, tail.entries, head.directory, moved, end])
}

/** Layout: APPNOTE.TXT 4.3.6. The end record is 22 bytes long and names the directory's size and place. */
function partsOf(zip: Uint8Array) {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength)
  const end = bytes.subarray(-22)
  const start = end.readUInt32LE(16)
  return { entries: bytes.subarray(0, start), directory: bytes.subarray(start, start + end.readUInt32LE(12)), end }
}
