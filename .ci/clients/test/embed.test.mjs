import assert from 'node:assert/strict'
import { test } from 'node:test'
import { column, ok, rest } from './client.mjs'

test('to-one', async () => {
  const row = await ok(rest.from('countries').select('code, continents(code, name)').eq('code', 'CH').single())
  assert.deepEqual(row, { code: 'CH', continents: { code: 'EU', name: 'Europe' } })
})

test('to-many, with its own filter, order and limit', async () => {
  const row = await ok(rest.from('continents').select('name, countries(code)').eq('code', 'EU')
    .like('countries.name', 'A%').order('code', { referencedTable: 'countries' }).limit(2, { referencedTable: 'countries' }).single())
  assert.deepEqual(row, { name: 'Europe', countries: [{ code: 'AD' }, { code: 'AL' }] })
})

test('an empty to-many is an empty list', async () => {
  const row = await ok(rest.from('countries').select('code, visits(id)').eq('code', 'BV').single())
  assert.deepEqual(row, { code: 'BV', visits: [] })
})

test('many-to-many', async () => {
  const row = await ok(rest.from('countries').select('name, languages(code, name)').eq('code', 'CH')
    .in('languages.code', ['rm', 'it']).order('code', { referencedTable: 'languages' }).single())
  assert.deepEqual(row.languages, [{ code: 'it', name: 'Italian' }, { code: 'rm', name: 'Romansh' }])
})

test('through the join table, nested, with an alias', async () => {
  const row = await ok(rest.from('countries')
    .select('name, spoken:country_languages(percentage, official, language:languages(name))')
    .eq('code', 'CH').eq('spoken.language_code', 'lmo').single())
  assert.deepEqual(row, { name: 'Switzerland', spoken: [{ percentage: 4.1, official: false, language: { name: 'Lombard' } }] })
})

test('inner drops parents without a match, also from the count', async () => {
  const answer = await rest.from('countries').select('code, country_languages!inner(language_code)', { count: 'exact' })
    .eq('country_languages.language_code', 'rm')
  assert.deepEqual([answer.count, answer.status], [1, 200])
  assert.deepEqual(answer.data, [{ code: 'CH', country_languages: [{ language_code: 'rm' }] }])
})

test('inner over to-one', async () => {
  const rows = await ok(rest.from('countries').select('code, continents!inner(name)').eq('continents.name', 'Antarctica').order('code'))
  assert.ok(column(rows, 'code').includes('AQ'))
  for (const row of rows) assert.equal(row.continents.name, 'Antarctica')
})

test('left keeps parents and gives null', async () => {
  const rows = await ok(rest.from('countries').select('code, continents(name)').eq('continents.name', 'Asia').in('code', ['CH', 'JP']).order('code'))
  assert.deepEqual(rows, [{ code: 'CH', continents: null }, { code: 'JP', continents: { name: 'Asia' } }])
})

test('null of an embed filters the parents', async () => {
  const answer = await rest.from('countries').select('code, visits()', { count: 'exact', head: true }).is('visits', null)
  assert.equal(answer.error, null)
  assert.ok(answer.count > 200 && answer.count <= 250, String(answer.count))
})

test('hints: the constraint and the column', async () => {
  for (const hint of ['countries_continent_code_fkey', 'continent_code']) {
    const row = await ok(rest.from('countries').select(`code, continents!${hint}(name)`).eq('code', 'CH').single())
    assert.equal(row.continents.name, 'Europe')
  }
})

test('counting embedded rows', async () => {
  const row = await ok(rest.from('continents').select('code, countries(count)').eq('code', 'AN').single())
  assert.ok(row.countries[0].count >= 1, JSON.stringify(row))
})

test('logic inside an embed', async () => {
  const row = await ok(rest.from('continents').select('code, countries(code)').eq('code', 'EU')
    .or('code.eq.CH,code.eq.AT', { referencedTable: 'countries' }).order('code', { referencedTable: 'countries' }).single())
  assert.deepEqual(column(row.countries, 'code'), ['AT', 'CH'])
})
