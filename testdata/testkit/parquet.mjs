// Prints a Parquet file for parquet.go: a line of JSON with its columns and row groups, and
// one for each row. It is called with the folder of hyparquet and fzstd, and the file.
import { pathToFileURL } from 'node:url'

const [folder, file] = process.argv.slice(2)
const load = path => import(pathToFileURL(`${folder}/${path}`))
const { asyncBufferFromFile, parquetMetadataAsync, parquetRead } = await load('hyparquet/package/src/node.js')
const { decompress } = await load('fzstd/package/esm/index.mjs')

const buffer = await asyncBufferFromFile(file)
const metadata = await parquetMetadataAsync(buffer)
const columns = metadata.schema.slice(1).map(e => ({
  name: e.name, physical: e.type, optional: e.repetition_type === 'OPTIONAL',
  logical: e.logical_type?.type ?? '', unit: e.logical_type?.unit ?? '', utc: e.logical_type?.isAdjustedToUTC ?? false,
  bits: e.logical_type?.bitWidth ?? 0, signed: e.logical_type?.isSigned ?? false,
  precision: e.precision ?? e.logical_type?.precision ?? 0, scale: e.scale ?? e.logical_type?.scale ?? 0,
}))
const say = value => process.stdout.write(JSON.stringify(value) + '\n')
say({ columns, groups: metadata.row_groups.map(g => Number(g.num_rows)), codecs: [...new Set(metadata.row_groups.flatMap(g => g.columns.map(c => c.meta_data.codec)))] })

// hyparquet makes a double of a DECIMAL. Without the annotation it gives the integer.
const exact = structuredClone(metadata)
for (const e of exact.schema) {
  if (e.logical_type?.type === 'DECIMAL' || e.converted_type === 'DECIMAL') {
    delete e.logical_type
    delete e.converted_type
  }
}
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const text = bytes => bytes && utf8.decode(bytes)
const cell = v => {
  if (v === null || v === undefined) return null
  if (v instanceof Uint8Array) return Buffer.from(v).toString('hex')
  return Object.is(v, -0) ? '-0' : String(v)
}
await parquetRead({
  file: buffer, metadata: exact, utf8: false,
  compressors: { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) },
  // Dates and moments stay integers: JavaScript's have milliseconds. JSON stays text.
  parsers: { dateFromDays: v => v, timestampFromMicroseconds: v => v, stringFromBytes: text, jsonFromBytes: text },
  onComplete: rows => rows.forEach(row => say(row.map(cell))),
})
