import assert from 'node:assert/strict'
import { test } from 'node:test'
import { column, ok, rest, supabase } from './client.mjs'

const countries = (select = 'code') => rest.from('countries').select(select)
const codes = async (request) => column(await ok(request.order('code'), 200), 'code')

test('supabase-js reads a row', async () => {
  const row = await ok(supabase.from('countries').select('code, name, population').eq('code', 'CH').single())
  assert.equal(row.name, 'Switzerland')
  assert.equal(typeof row.population, 'number')
})

test('select without columns gives all of them with their types', async () => {
  const row = await ok(rest.from('countries').select().eq('code', 'CH').single())
  assert.deepEqual(Object.keys(row), ['code', 'name', 'native_name', 'continent_code', 'subregion', 'capital',
    'population', 'gdp', 'literacy_percent', 'currencies', 'calling_codes'])
  assert.deepEqual(row.currencies, ['CHF', 'CHE', 'CHW'])
  assert.deepEqual(row.calling_codes, [41])
  assert.equal(row.literacy_percent, 99)
  const link = await ok(rest.from('country_languages').select().match({ country_code: 'CH', language_code: 'lmo' }).single())
  assert.deepEqual(link, { country_code: 'CH', language_code: 'lmo', percentage: 4.1, official: false, status: null })
})

test('aliases, casts and JSON paths', async () => {
  const row = await ok(countries('id:code, people:population::text, first:calling_codes->0, text:calling_codes->>0').eq('code', 'CH').single())
  assert.equal(row.id, 'CH')
  assert.equal(typeof row.people, 'string')
  assert.equal(row.first, 41)
  assert.equal(row.text, '41')
})

test('comparisons', async () => {
  assert.deepEqual(await codes(countries().eq('code', 'CH')), ['CH'])
  assert.equal((await ok(rest.from('continents').select('code').neq('code', 'AN'))).length, 6)
  assert.deepEqual(await codes(countries().gt('population', 300_000_000)), ['CN', 'IN', 'US'])
  assert.deepEqual(await codes(countries().gte('code', 'ZA')), ['ZA', 'ZM', 'ZW'])
  assert.deepEqual(await codes(countries().lt('code', 'AE')), ['AD'])
  assert.deepEqual(await codes(countries().lte('code', 'AE')), ['AD', 'AE'])
})

test('patterns', async () => {
  assert.deepEqual(await codes(countries().like('name', 'Switz%')), ['CH'])
  assert.deepEqual(await codes(countries().like('name', 'switz%')), [])
  assert.deepEqual(await codes(countries().ilike('name', '%SWITZ%')), ['CH'])
  assert.deepEqual(await codes(countries().ilike('native_name', 'åLAND%')), ['AX'], 'letter case beyond ASCII')
  assert.deepEqual(await codes(countries().filter('name', 'match', '^Switz')), ['CH'])
  assert.deepEqual(await codes(countries().filter('name', 'imatch', '^switz')), ['CH'])
  assert.deepEqual(await codes(countries().likeAnyOf('name', ['Switz%', 'Austri%'])), ['AT', 'CH'])
  assert.deepEqual(await codes(countries().ilikeAllOf('name', ['%united%', '%states', '%s'])), ['US'])
})

test('lists, null, booleans', async () => {
  assert.deepEqual(await codes(countries().in('code', ['CH', 'AT', 'XX'])), ['AT', 'CH'])
  assert.deepEqual(await codes(countries().in('name', ['Switzerland', 'a,b', '(c)'])), ['CH'])
  assert.deepEqual(await codes(countries().in('code', [])), [])
  assert.ok((await codes(countries().is('capital', null))).includes('AQ'))
  assert.equal((await codes(countries().not('subregion', 'is', null))).includes('AQ'), false)
  const official = await ok(rest.from('country_languages').select('language_code').eq('country_code', 'CH').is('official', true).order('language_code'))
  assert.deepEqual(column(official, 'language_code'), ['de', 'fr', 'gsw', 'it', 'rm'])
  assert.deepEqual(await codes(countries().isDistinct('capital', 'Bern').eq('code', 'AQ')), ['AQ'])
})

test('arrays and JSON', async () => {
  assert.ok((await codes(countries().contains('currencies', ['CHF']))).includes('LI'))
  assert.deepEqual(await codes(countries().containedBy('currencies', ['CHF', 'CHE', 'CHW']).contains('currencies', ['CHE'])), ['CH'])
  assert.ok((await codes(countries().overlaps('currencies', ['CHE', 'EUR']))).includes('FR'))
  assert.deepEqual(await codes(countries().eq('calling_codes->>0', '41')), ['CH'])
  assert.ok((await codes(countries().contains('calling_codes', JSON.stringify([41])))).includes('CH'))
})

test('logic trees', async () => {
  assert.deepEqual(await codes(countries().or('code.eq.CH,and(code.gte.AT,code.lte.AU)')), ['AT', 'AU', 'CH'])
  assert.deepEqual(await codes(countries().or('name.eq."Switzerland",capital.in.("Vienna","x,y")')), ['AT', 'CH'])
  assert.deepEqual(await codes(countries().not('code', 'in', '(CH)').or('code.eq.CH,not.and(code.neq.AT)')), ['AT'])
})

test('order, limit, range', async () => {
  const largest = await ok(countries().order('population', { ascending: false }).limit(3))
  assert.deepEqual(new Set(column(largest, 'code')), new Set(['CN', 'IN', 'US']))
  const first = await ok(countries('code,subregion').order('subregion', { nullsFirst: true }).order('code').limit(1))
  assert.deepEqual(first, [{ code: 'AQ', subregion: null }])
  const last = await ok(countries('code,subregion').order('subregion', { ascending: true }).order('code').range(249, 260))
  assert.deepEqual(last, [{ code: 'AQ', subregion: null }], 'nulls come last on both databases')
  assert.deepEqual(column(await ok(countries().order('code').range(1, 2)), 'code'), ['AE', 'AF'])
})

test('counts', async () => {
  const page = await countries().limit(5).order('code').select('code', { count: 'exact' })
  assert.equal(page.error, null)
  const counted = await rest.from('countries').select('code', { count: 'exact' }).order('code').limit(5)
  assert.deepEqual([counted.status, counted.count, counted.data.length], [206, 250, 5])
  const whole = await rest.from('continents').select('code', { count: 'exact' })
  assert.deepEqual([whole.status, whole.count], [200, 7])
  const head = await rest.from('countries').select('*', { count: 'exact', head: true }).eq('continent_code', 'EU')
  assert.ok(head.count > 40 && head.count < 60, String(head.count))
  assert.equal(head.data, null)
  for (const count of ['planned', 'estimated']) {
    const estimate = await rest.from('countries').select('code', { count })
    assert.equal(estimate.error, null)
    assert.equal(typeof estimate.count, 'number')
  }
})

test('single and maybeSingle', async () => {
  assert.deepEqual(await ok(countries().eq('code', 'CH').single()), { code: 'CH' })
  assert.equal(await ok(countries().eq('code', 'XX').maybeSingle()), null)
  assert.deepEqual(await ok(countries().eq('code', 'CH').maybeSingle()), { code: 'CH' })
})

test('csv', async () => {
  const text = await ok(rest.from('countries').select('code,name,capital').in('code', ['CH', 'AQ']).order('code').csv())
  assert.deepEqual(text.trim().split('\n'), ['code,name,capital', 'AQ,Antarctica,', 'CH,Switzerland,Bern'])
})

test('functions', async () => {
  const rows = await ok(rest.rpc('speakers', { language: 'rm' }))
  assert.deepEqual(column(rows, 'country_code'), ['CH'])
  const read = await ok(rest.rpc('speakers', { language: 'de' }, { get: true }).select('country').order('country').limit(2))
  assert.deepEqual(column(read, 'country'), ['Austria', 'Belgium'])
  const counted = await rest.rpc('speakers', { language: 'de' }, { get: true, count: 'exact', head: true })
  assert.ok(counted.count > 3, String(counted.count))
})
