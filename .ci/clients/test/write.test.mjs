import assert from 'node:assert/strict'
import { test } from 'node:test'
import { column, ok, rest, supabase, visitor } from './client.mjs'

const visits = () => rest.from('visits')

test('insert one row and get it back', async () => {
  const row = await ok(supabase.from('visits')
    .insert({ country_code: 'CH', visitor: visitor('Ada'), rating: 5, details: { weather: { celsius: 21 }, tags: ['lake'] } })
    .select().single(), 201)
  assert.equal(typeof row.id, 'number')
  assert.equal(row.rating, 5)
  assert.equal(row.note, null)
  assert.match(row.visited_on, /^\d{4}-\d\d-\d\d$/)
  assert.match(row.created_at, /^\d{4}-\d\d-\d\dT.*\+00:00$/)
  assert.deepEqual(row.details, { weather: { celsius: 21 }, tags: ['lake'] })
  const again = await ok(visits().select('id, city:details->weather->celsius').eq('details->weather->>celsius', '21').eq('id', row.id).single())
  assert.deepEqual(again, { id: row.id, city: 21 })
})

test('insert without asking for the row answers with nothing', async () => {
  assert.equal(await ok(visits().insert({ country_code: 'CH', visitor: visitor('Ada'), rating: 4 }), 201), null)
})

test('insert many, return some columns and an embed', async () => {
  const who = visitor('Bulk')
  const rows = await ok(visits().insert([
    { country_code: 'CH', visitor: who, rating: 1, visited_on: '2024-01-31' },
    { country_code: 'AT', visitor: who, rating: 2, visited_on: '2024-02-29' },
  ]).select('rating, visited_on, countries(name)').order('rating'), 201)
  assert.deepEqual(rows, [
    { rating: 1, visited_on: '2024-01-31', countries: { name: 'Switzerland' } },
    { rating: 2, visited_on: '2024-02-29', countries: { name: 'Austria' } },
  ])
})

test('insert with a count, and with missing columns at their defaults', async () => {
  const who = visitor('Count')
  const answer = await visits().insert([
    { country_code: 'CH', visitor: who, rating: 1, note: 'x' },
    { country_code: 'AT', visitor: who, rating: 2 },
  ], { count: 'exact', defaultToNull: false })
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  assert.equal(answer.count, 2)
})

test('upsert merges or ignores', async () => {
  const row = { country_code: 'CH', visitor: visitor('Upsert'), rating: 1, visited_on: '2024-05-01' }
  const onConflict = 'country_code,visitor,visited_on'
  await ok(visits().insert(row), 201)
  const merged = await ok(visits().upsert({ ...row, rating: 5 }, { onConflict }).select('rating').single())
  assert.equal(merged.rating, 5)
  const ignored = await ok(visits().upsert([{ ...row, rating: 2 }], { onConflict, ignoreDuplicates: true }).select('rating'))
  assert.deepEqual(ignored, [])
  assert.equal((await ok(visits().select('rating').eq('visitor', row.visitor).single())).rating, 5)
})

test('upsert by primary key', async () => {
  const { id } = await ok(visits().insert({ country_code: 'CH', visitor: visitor('Key'), rating: 1 }).select('id').single())
  const rows = await ok(visits().upsert([{ id, country_code: 'AT', visitor: visitor('Key'), rating: 3 }]).select('id, country_code, rating'))
  assert.deepEqual(rows, [{ id, country_code: 'AT', rating: 3 }])
})

test('update', async () => {
  const who = visitor('Update')
  await ok(visits().insert([{ country_code: 'CH', visitor: who, rating: 1 }, { country_code: 'AT', visitor: who, rating: 2 }]), 201)
  assert.equal(await ok(visits().update({ note: 'quiet' }).eq('visitor', who).eq('country_code', 'CH'), 204), null)
  const rows = await ok(visits().update({ rating: 3 }).eq('visitor', who).select('country_code, rating, note').order('country_code'), 200)
  assert.deepEqual(rows, [{ country_code: 'AT', rating: 3, note: null }, { country_code: 'CH', rating: 3, note: 'quiet' }])
  const counted = await visits().update({ rating: 4 }, { count: 'exact' }).eq('visitor', who)
  assert.equal(counted.count, 2)
  assert.deepEqual(await ok(visits().update({ rating: 5 }).eq('visitor', visitor('Nobody')).select(), 200), [])
})

test('delete', async () => {
  const who = visitor('Delete')
  await ok(visits().insert([{ country_code: 'CH', visitor: who, rating: 1 }, { country_code: 'AT', visitor: who, rating: 2 }]), 201)
  assert.equal(await ok(visits().delete().eq('visitor', who).eq('country_code', 'AT'), 204), null)
  const gone = await ok(visits().delete().eq('visitor', who).select('country_code'), 200)
  assert.deepEqual(column(gone, 'country_code'), ['CH'])
  const answer = await visits().delete({ count: 'exact' }).eq('visitor', who)
  assert.equal(answer.count, 0)
})

test('large numbers and odd texts survive', async () => {
  const who = visitor('Odd "quotes", (brackets) \\ & ümlaut 🙂')
  const row = await ok(visits().insert({ country_code: 'CH', visitor: who, rating: 3, note: 'a\nb\tc', details: { n: 1e21 } }).select().single())
  assert.equal(row.visitor, who)
  assert.equal(row.note, 'a\nb\tc')
  assert.equal(row.details.n, 1e21)
  assert.equal((await ok(visits().select('id').eq('visitor', who).single())).id, row.id)
  const listed = visitor('Commas, (brackets) & \\ lists')
  await ok(visits().insert({ country_code: 'CH', visitor: listed, rating: 3 }), 201)
  assert.equal((await ok(visits().select('visitor').in('visitor', [listed.replaceAll('\\', '\\\\'), 'x']).single())).visitor, listed)
})
