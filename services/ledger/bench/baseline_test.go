package bench

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// naiveConns is where the naive baseline is fastest.
	naiveConns = 16
	// bulkSize is how many transfers one statement of the bulk baseline inserts.
	bulkSize = 500
	// otherAccounts is how many accounts pay into the one fund.
	otherAccounts = 1000
)

// baseline is a textbook ledger in the same PostgreSQL: transfers, entries,
// balances, and nothing else.
type baseline struct {
	pool *pgxpool.Pool
	next atomic.Int64
}

const baselineSchema = `
	CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 50);
	CREATE TABLE transfers (id bigint PRIMARY KEY, debit bigint NOT NULL, credit bigint NOT NULL, amount bigint NOT NULL);
	CREATE TABLE entries (transfer bigint NOT NULL, account bigint NOT NULL, amount bigint NOT NULL, PRIMARY KEY (transfer, account));
	INSERT INTO accounts SELECT n, 0 FROM generate_series(0, 1000) n;
	ANALYZE`

func newBaseline(b *testing.B, s *stack) *baseline {
	b.Helper()
	ctx := context.Background()
	if err := s.cluster.EnsureDatabase(ctx, "baseline", "baseline"); err != nil {
		b.Fatal(err)
	}
	pool, err := pgxpool.New(ctx, s.cluster.OwnerURL("baseline", "baseline")+"&pool_max_conns=16")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if _, err := pool.Exec(ctx, baselineSchema); err != nil {
		b.Fatal(err)
	}
	return &baseline{pool: pool}
}

// naive makes one transaction per transfer for a while and returns how many a
// second there were. Its statements go in one round trip.
func (l *baseline) naive(b *testing.B, d time.Duration) float64 {
	b.Helper()
	var n atomic.Int64
	end := time.Now().Add(d)
	var wg sync.WaitGroup
	for range naiveConns {
		wg.Go(func() {
			for time.Now().Before(end) {
				if err := l.transfer(); err != nil {
					b.Errorf("transfer: %v", err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / d.Seconds()
}

func (l *baseline) transfer() error {
	id, from := l.next.Add(1), 1+rand.Int64N(otherAccounts)
	q := &pgx.Batch{}
	q.Queue(`BEGIN`)
	q.Queue(`INSERT INTO transfers VALUES ($1, $2, 0, 100)`, id, from)
	q.Queue(`INSERT INTO entries VALUES ($1, $2, -100), ($1, 0, 100)`, id, from)
	q.Queue(`UPDATE accounts SET balance = balance - 100 WHERE id = $1`, from)
	q.Queue(`UPDATE accounts SET balance = balance + 100 WHERE id = 0`)
	q.Queue(`COMMIT`)
	return l.pool.SendBatch(context.Background(), q).Close()
}

// bulk inserts hundreds of transfers with one statement for a while and returns
// how many a second there were.
func (l *baseline) bulk(b *testing.B, d time.Duration) float64 {
	b.Helper()
	n := 0
	for end := time.Now().Add(d); time.Now().Before(end); n += bulkSize {
		ids, from := make([]int64, bulkSize), make([]int64, bulkSize)
		for i := range ids {
			ids[i], from[i] = l.next.Add(1), 1+rand.Int64N(otherAccounts)
		}
		if _, err := l.pool.Exec(context.Background(), `
			WITH t AS (
				INSERT INTO transfers SELECT id, debit, 0, 100 FROM unnest($1::bigint[], $2::bigint[]) AS k (id, debit)
				RETURNING id, debit
			), e AS (
				INSERT INTO entries SELECT id, debit, -100 FROM t UNION ALL SELECT id, 0, 100 FROM t
				RETURNING account, amount
			)
			UPDATE accounts a SET balance = a.balance + s.sum
			FROM (SELECT account, SUM(amount) AS sum FROM e GROUP BY account) s WHERE a.id = s.account`, ids, from); err != nil {
			b.Errorf("bulk: %v", err)
			return 0
		}
	}
	return float64(n) / d.Seconds()
}
