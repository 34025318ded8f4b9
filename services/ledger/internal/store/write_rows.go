package store

import (
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// queue adds the statements for all rows collected. Accounts come before entries,
// whose trigger looks them up.
func (p *posting) queue(q *pgx.Batch) {
	if len(p.opened) > 0 {
		p.queueAccounts(q)
	}
	if len(p.transactions.sequences) > 0 {
		p.queueTransactions(q)
		p.queueBalances(q)
		p.queueDays(q)
		p.queuePools(q)
	}
	if d := &p.decisions; len(d.sequences) > 0 {
		q.Queue(`
			INSERT INTO decisions (ledger_id, sequence, kind, resource, person, day)
			SELECT $1, k.sequence, k.kind, k.resource, k.person, k.day
			FROM unnest($2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::date[])
				AS k (sequence, kind, resource, person, day)`,
			p.ledger, d.sequences, d.kinds, d.resources, d.people, d.days)
	}
}

func (p *posting) queueAccounts(q *pgx.Batch) {
	n := len(p.opened)
	numbers, paths, currencies, pools := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	for i, a := range p.opened {
		numbers[i], paths[i], currencies[i], pools[i] = p.numbers[a], a.Path, a.Currency, p.pools[p.numbers[a]]
	}
	q.Queue(`
		INSERT INTO accounts (ledger_id, account, path, currency, pool)
		SELECT $1, k.account, k.path, k.currency, k.pool
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS k (account, path, currency, pool)`,
		p.ledger, numbers, paths, currencies, pools)
}

func (p *posting) queueTransactions(q *pgx.Batch) {
	t := &p.transactions
	q.Queue(`
		INSERT INTO transactions (ledger_id, sequence, kind, source, occurred_on, booking_date, reverses)
		SELECT $1, k.sequence, k.kind, k.source, k.occurred_on, k.booking_date, NULLIF(k.reverses, -1)
		FROM unnest($2::bigint[], $3::smallint[], $4::text[], $5::date[], $6::date[], $7::bigint[])
			AS k (sequence, kind, source, occurred_on, booking_date, reverses)`,
		p.ledger, t.sequences, t.kinds, t.sources, t.occurred, t.booked, t.reverses)
	e := &p.entries
	q.Queue(`
		INSERT INTO entries (ledger_id, sequence, number, account, currency, side, amount, balance)
		SELECT $1, k.sequence, k.number, k.account, k.currency, k.side, k.amount, k.balance
		FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::text[], $6::smallint[], $7::bigint[], $8::bigint[])
			AS k (sequence, number, account, currency, side, amount, balance)`,
		p.ledger, e.sequences, e.numbers, e.accounts, e.currencies, e.sides, e.amounts, e.balances)
}

// queueBalances writes each touched balance once. The head's lock is held, so the
// order of rows cannot lead to a deadlock.
func (p *posting) queueBalances(q *pgx.Batch) {
	numbers := slices.Collect(maps.Keys(p.touched))
	limits := make([]bool, len(numbers))
	debits, credits := make([]int64, len(numbers)), make([]int64, len(numbers))
	for i, n := range numbers {
		balance := p.books.Balance(p.touched[n])
		limits[i], debits[i], credits[i] = limited(p.touched[n]), balance.Debits, balance.Credits
	}
	q.Queue(`
		INSERT INTO balances (ledger_id, account, limited, debits, credits)
		SELECT $1, k.account, k.limited, k.debits, k.credits
		FROM unnest($2::bigint[], $3::boolean[], $4::bigint[], $5::bigint[]) AS k (account, limited, debits, credits)
		ON CONFLICT (ledger_id, account) DO UPDATE SET debits = excluded.debits, credits = excluded.credits`,
		p.ledger, numbers, limits, debits, credits)
}

// queueDays adds what the batch has booked to each account's day.
func (p *posting) queueDays(q *pgx.Batch) {
	n := len(p.days)
	numbers, days, kinds := make([]int64, 0, n), make([]time.Time, 0, n), make([]int16, 0, n)
	debits, credits := make([]int64, 0, n), make([]int64, 0, n)
	for k, sum := range p.days {
		numbers, days, kinds = append(numbers, k.account), append(days, k.day.Time()), append(kinds, int16(k.kind))
		debits, credits = append(debits, sum.Debits), append(credits, sum.Credits)
	}
	q.Queue(`
		INSERT INTO day_totals AS d (ledger_id, account, booking_date, kind, debits, credits)
		SELECT $1, k.account, k.booking_date, k.kind, k.debits, k.credits
		FROM unnest($2::bigint[], $3::date[], $4::smallint[], $5::bigint[], $6::bigint[])
			AS k (account, booking_date, kind, debits, credits)
		ON CONFLICT (ledger_id, account, booking_date, kind)
		DO UPDATE SET debits = d.debits + excluded.debits, credits = d.credits + excluded.credits`,
		p.ledger, numbers, days, kinds, debits, credits)
}
