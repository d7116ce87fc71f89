import { check } from 'flinkts/workshop'

export default check(async (lab) => {
  await lab.topic('new_rides')
  await lab.produce('new_rides', { file: 'trips.csv', key: 'PULocationID', count: 1_000 })
  await lab.query('DROP TABLE IF EXISTS expensive_rides; CREATE TABLE expensive_rides (zone int, amount float8)')

  const job = await lab.run('job.sql')
  await job.finished()

  const records = await lab.consume('new_rides')
  const expected = records.filter(({ value }) => value.total_amount > 50).length
  const [cheap] = await lab.query('SELECT zone, amount FROM expensive_rides WHERE amount <= 50 LIMIT 1')
  if (cheap !== undefined)
    lab.wrong(
      `a ride from zone ${cheap.zone} for ${cheap.amount} dollars is in expensive_rides`,
      'The job lets it through: a WHERE keeps only the rows for which it is true.',
    )
  const [row] = await lab.query('SELECT count(*)::int AS rows FROM expensive_rides')
  lab.equal(
    row!.rows,
    expected,
    'rows in expensive_rides',
    'Is a ride for exactly 50 dollars expensive? Here it is not.',
  )
  lab.note(`${expected} of 1,000 rides cost more than 50 dollars`)
})
