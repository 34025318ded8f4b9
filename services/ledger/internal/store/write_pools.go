package store

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

type poolKey struct {
	pool, currency string
	span           int16
	first          time.Time
	kind           leaf.Kind
}

// queuePools adds what the batch has booked to each pool's day, month and year.
func (p *posting) queuePools(q *pgx.Batch) {
	sums := map[poolKey]book.Balance{}
	for k, sum := range p.days {
		day := k.day.Time()
		for span := spanDay; span <= spanYear; span++ {
			addTo(sums, poolKey{p.pools[k.account], p.touched[k.account].Currency, span, firstOf(span, day), k.kind}, sum)
		}
	}
	n := len(sums)
	pools, currencies, spans := make([]string, 0, n), make([]string, 0, n), make([]int16, 0, n)
	days, kinds := make([]time.Time, 0, n), make([]int16, 0, n)
	debits, credits := make([]int64, 0, n), make([]int64, 0, n)
	for k, sum := range sums {
		pools, currencies, spans = append(pools, k.pool), append(currencies, k.currency), append(spans, k.span)
		days, kinds = append(days, k.first), append(kinds, int16(k.kind))
		debits, credits = append(debits, sum.Debits), append(credits, sum.Credits)
	}
	q.Queue(`
		INSERT INTO pool_totals AS t (ledger_id, pool, currency, span, first_day, kind, debits, credits)
		SELECT $1, k.pool, k.currency, k.span, k.first_day, k.kind, k.debits, k.credits
		FROM unnest($2::text[], $3::text[], $4::smallint[], $5::date[], $6::smallint[], $7::bigint[], $8::bigint[])
			AS k (pool, currency, span, first_day, kind, debits, credits)
		ON CONFLICT (ledger_id, pool, currency, span, first_day, kind)
		DO UPDATE SET debits = t.debits + excluded.debits, credits = t.credits + excluded.credits`,
		p.ledger, pools, currencies, spans, days, kinds, debits, credits)
}

func addTo(sums map[poolKey]book.Balance, k poolKey, more book.Balance) {
	sum := sums[k]
	sum.Debits += more.Debits
	sum.Credits += more.Credits
	sums[k] = sum
}
