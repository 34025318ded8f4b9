package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
)

// write makes the statements that store new leaves and all that follows from them, one
// for each table, to be sent together with the COMMIT. A close must see that its row
// was changed: where there is one, the statements are sent at once, and none are left.
func (b *batch) write(ctx context.Context, edge merkle.Edge, booked []leaf.Leaf) (*pgx.Batch, error) {
	encoded, hashes, err := encode(booked)
	if err != nil {
		return nil, err
	}
	for i, l := range booked {
		b.hashes[l.Header().Sequence] = hashes[i]
	}
	edge, tiles := edge.Append(hashes)
	q := &pgx.Batch{}
	b.queueLeaves(q, booked, encoded)
	p, closes := newPosting(b), false
	for _, l := range booked {
		p.add(l)
		if l.Close != nil {
			closes = true
			b.queueClose(q, l.Close)
		}
	}
	p.queue(q)
	queueTiles(q, b.ledger, tiles)
	root := edge.Root()
	q.Queue(`UPDATE head SET size = $2, root = $3, accounts = $4 WHERE ledger_id = $1`,
		b.ledger, edge.Size(), root[:], p.lastAccount)
	b.grown, b.posting = edge, p
	if !closes {
		return q, nil
	}
	if err := b.tx.SendBatch(ctx, q).Close(); err != nil {
		return nil, fmt.Errorf("write batch: %w", err)
	}
	return nil, nil
}

func (b *batch) queueLeaves(q *pgx.Batch, booked []leaf.Leaf, encoded [][]byte) {
	sequences, references := make([]int64, len(booked)), make([]string, len(booked))
	for i, l := range booked {
		sequences[i], references[i] = l.Header().Sequence, l.Reference()
	}
	q.Queue(`
		INSERT INTO leaves (ledger_id, sequence, reference, bytes)
		SELECT $1, k.sequence, k.reference, k.bytes
		FROM unnest($2::bigint[], $3::text[], $4::bytea[]) AS k (sequence, reference, bytes)`,
		b.ledger, sequences, references, encoded)
}

func queueTiles(q *pgx.Batch, ledger int16, tiles []merkle.Tile) {
	levels, indexes, hashes := make([]int16, len(tiles)), make([]int64, len(tiles)), make([][]byte, len(tiles))
	for i, t := range tiles {
		levels[i], indexes[i], hashes[i] = int16(t.Level), t.Index, t.Hashes
	}
	q.Queue(`
		INSERT INTO tiles (ledger_id, level, tile, hashes)
		SELECT $1, k.level, k.tile, k.hashes
		FROM unnest($2::smallint[], $3::bigint[], $4::bytea[]) AS k (level, tile, hashes)
		ON CONFLICT (ledger_id, level, tile) DO UPDATE SET hashes = excluded.hashes`,
		ledger, levels, indexes, hashes)
}

// posting collects the rows of a batch, table by table, as columns.
type posting struct {
	ledger      int16
	books       *book.Books
	numbers     map[leaf.Account]int64
	pools       map[int64]string
	lastAccount int64

	transactions struct {
		sequences, reverses []int64
		kinds               []int16
		sources             []string
		occurred, booked    []time.Time
	}
	entries struct {
		sequences, accounts, amounts, balances []int64
		numbers, sides                         []int16
		currencies                             []string
	}
	decisions struct {
		sequences         []int64
		kinds             []int16
		resources, people []string
		days              []time.Time
	}
	opened  []leaf.Account // in the order of their new numbers
	touched map[int64]leaf.Account
	days    map[dayKey]book.Balance
}

type dayKey struct {
	account int64
	day     leaf.Day
	kind    leaf.Kind
}

func newPosting(b *batch) *posting {
	return &posting{
		ledger: b.ledger, books: b.books, numbers: b.accounts, pools: b.pools, lastAccount: b.head.accounts,
		touched: map[int64]leaf.Account{}, days: map[dayKey]book.Balance{},
	}
}

func (p *posting) add(l leaf.Leaf) {
	if d := l.Decision; d != nil {
		rows := &p.decisions
		rows.sequences = append(rows.sequences, d.Sequence)
		rows.kinds = append(rows.kinds, int16(d.Kind))
		rows.resources = append(rows.resources, d.Resource)
		rows.people = append(rows.people, d.Person)
		rows.days = append(rows.days, d.Day.Time())
	}
	if t := l.Transaction; t != nil {
		p.addTransaction(t)
	}
}

func (p *posting) addTransaction(t *leaf.Transaction) {
	rows := &p.transactions
	rows.sequences = append(rows.sequences, t.Sequence)
	rows.kinds = append(rows.kinds, int16(t.Kind))
	rows.sources = append(rows.sources, t.Source)
	rows.occurred = append(rows.occurred, t.OccurredOn.Time())
	rows.booked = append(rows.booked, t.BookingDate.Time())
	reverses := int64(-1)
	if t.Reverses != nil {
		reverses = t.Reverses.Sequence
	}
	rows.reverses = append(rows.reverses, reverses)
	kind := p.effective(t)
	for i, e := range t.Entries {
		p.addEntry(t, kind, i, e)
	}
}

// effective is the kind under which totals count a transaction: a reversal takes
// back what its original has added.
func (p *posting) effective(t *leaf.Transaction) leaf.Kind {
	if t.Reverses != nil {
		if original, ok := p.books.Known(t.Reverses.Reference); ok && original.Transaction != nil {
			return original.Transaction.Kind
		}
	}
	return t.Kind
}

func (p *posting) addEntry(t *leaf.Transaction, kind leaf.Kind, i int, e leaf.Entry) {
	a := leaf.Account{Path: e.Account, Currency: e.Currency}
	number, ok := p.numbers[a]
	if !ok {
		p.lastAccount++
		number = p.lastAccount
		p.numbers[a], p.pools[number] = number, statement.Pool(t, i)
		p.opened = append(p.opened, a)
	}
	p.touched[number] = a
	key := dayKey{number, t.BookingDate, kind}
	day := p.days[key]
	if e.Side == leaf.Debit {
		day.Debits += e.Amount
	} else {
		day.Credits += e.Amount
	}
	p.days[key] = day
	rows := &p.entries
	rows.sequences = append(rows.sequences, t.Sequence)
	rows.numbers = append(rows.numbers, int16(i+1))
	rows.accounts = append(rows.accounts, number)
	rows.currencies = append(rows.currencies, e.Currency)
	rows.sides = append(rows.sides, int16(e.Side))
	rows.amounts = append(rows.amounts, e.Amount)
	rows.balances = append(rows.balances, e.Balance)
}

// limited reports whether an account may not go below zero.
func limited(a leaf.Account) bool { return account.Limited(a.Path) }
