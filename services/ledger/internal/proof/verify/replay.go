package verify

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// bookkeeper holds what the leaves so far add up to. It belongs to one goroutine.
type bookkeeper struct {
	report      *Report
	reader      *leafReader
	references  *references
	ledger      string
	accounts    map[accountKey]*state
	rounds      map[string]*round
	judge       *judge // of who decides, and of how many are needed
	reversed    map[int64]struct{}
	proposed    map[string]*leaf.Decision     // the last proposal of each close, by its name
	closers     map[string]*leaf.Decision     // and the last decision to close
	closed      leaf.Day                      // the last day that is closed, zero where none is
	days        map[leaf.Day]map[*state]int64 // credits less debits of each day that is not closed
	earliest    leaf.Day                      // the first one that was booked on, zero before
	day         leaf.Day                      // the last one that was booked on
	today       map[*state]int64              // and what was
	wrongCloses int
	may         rule.Transaction // what the present transaction's kind may do
	touched     []*state         // the accounts of the present transaction's entries
	byDay       map[dayKey]sums  // totals, where they are to be compared with a server's
	ring        *keyring         // where new signing keys are to be followed
}

type accountKey struct{ path, currency string }

// state is what is known of an account.
type state struct {
	path     account.Path
	balance  int64
	debits   int64    // what was debited in all
	later    int64    // credits less debits of the days that are not closed
	grants   []string // emergency grants whose money stands there
	awarded  bool     // money of a round does
	advanced int64    // what fees have made of a deficit, less what was covered of it
	reported bool     // a wrong balance was reported; what follows from it is not
}

func newBookkeeper(report *Report, reader *leafReader, refs *references) *bookkeeper {
	return &bookkeeper{
		report: report, reader: reader, references: refs, accounts: map[accountKey]*state{},
		rounds: map[string]*round{}, reversed: map[int64]struct{}{},
		judge: newJudge(report), proposed: map[string]*leaf.Decision{}, closers: map[string]*leaf.Decision{}, days: map[leaf.Day]map[*state]int64{},
	}
}

func (b *bookkeeper) find(sequence int64, reference string, rule Rule, format string, args ...any) {
	b.report.add(Finding{sequence, reference, rule, fmt.Sprintf(format, args...)})
}

// leaf checks the leaf that stands at a sequence. One that could not be decoded
// is empty and reported already.
func (b *bookkeeper) leaf(ctx context.Context, at int64, l leaf.Leaf) error {
	switch {
	case l.Transaction != nil:
		b.report.Transactions++
		b.header(at, &l.Transaction.Header, l.Transaction.Reference)
		if err := b.transaction(ctx, at, l.Transaction); err != nil {
			return err
		}
	case l.Decision != nil:
		b.report.Decisions++
		b.header(at, &l.Decision.Header, l.Decision.Reference)
		b.decision(at, l.Decision)
	case l.Close != nil:
		b.report.Closes++
		b.header(at, &l.Close.Header, l.Close.Reference)
		if err := b.close(at, l.Close); err != nil {
			return err
		}
	default:
		return nil
	}
	return b.references.add(l.Reference(), at)
}

func (b *bookkeeper) header(at int64, h *leaf.Header, reference string) {
	if h.Sequence != at {
		b.find(at, reference, RuleSequence, "the leaf says that it is entry %d", h.Sequence)
	}
	if b.ledger == "" {
		b.ledger = h.Ledger
	}
	if h.Ledger != b.ledger {
		b.find(at, reference, RuleLedger, "the leaf belongs to the ledger %s, the first one to %s", h.Ledger, b.ledger)
	}
}

func (b *bookkeeper) transaction(ctx context.Context, at int64, t *leaf.Transaction) error {
	b.balanced(at, t)
	b.booking(at, t)
	b.may, b.touched = rule.Of(t.Kind), b.touched[:0]
	for i := range t.Entries {
		b.entry(at, t, &t.Entries[i])
	}
	b.limits(at, t)
	b.behind(at, t)
	kind, err := t.Kind, error(nil)
	if t.Reverses != nil {
		kind, err = b.reversal(ctx, at, t)
	}
	b.covered(at, t, kind)
	b.total(t, kind)
	return err
}

// balanced checks that debits are credits in each currency.
func (b *bookkeeper) balanced(at int64, t *leaf.Transaction) {
	for i := range t.Entries {
		currency := t.Entries[i].Currency
		if i > 0 && currency == t.Entries[i-1].Currency {
			continue
		}
		if high, low := difference(t, currency); high != 0 || low != 0 {
			sum := new(big.Int).Lsh(big.NewInt(high), halfBits)
			b.find(at, t.Reference, RuleUnbalanced, "credits less debits in %s are %s, not zero", currency, sum.Add(sum, big.NewInt(low)))
			return
		}
	}
}

// halfBits is how much of an amount is added up by itself, so that no sum of amounts
// is too large.
const halfBits = 32

// difference returns credits less debits in a currency: high times 2^32 and low, which
// is from 0 to 2^32-1.
func difference(t *leaf.Transaction, currency string) (high, low int64) {
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Currency != currency {
			continue
		}
		h, l := e.Amount>>halfBits, e.Amount&(1<<halfBits-1)
		if e.Side == leaf.Debit {
			h, l = -h, -l
		}
		high, low = high+h, low+l
	}
	return high + low>>halfBits, low & (1<<halfBits - 1)
}

// booking checks that a transaction is booked on the day of its fact or, where
// that is closed, on the first open one.
func (b *bookkeeper) booking(at int64, t *leaf.Transaction) {
	want := t.OccurredOn
	if b.closed > 0 {
		want = max(want, b.closed+1)
	}
	if b.earliest == 0 || t.BookingDate < b.earliest {
		b.earliest = t.BookingDate
	}
	if t.BookingDate != want {
		b.find(at, t.Reference, RuleBooking, "booked on %s, but belongs on %s", t.BookingDate, want)
	}
}

// entry checks one running balance and whether the kind may touch the account.
func (b *bookkeeper) entry(at int64, t *leaf.Transaction, e *leaf.Entry) {
	key := accountKey{e.Account, e.Currency}
	s := b.accounts[key]
	if s == nil {
		path, _ := account.Parse(e.Account) // decoding has checked it
		s = &state{path: path}
		b.accounts[key] = s
	}
	b.touched = append(b.touched, s)
	sum, ok := add(s.balance, e)
	switch s.balance = sum; {
	case s.reported:
	case !ok:
		s.reported = true
		b.find(at, t.Reference, RuleBalance, "the balance of %s in %s no longer fits 64 bits", e.Account, e.Currency)
	case sum != e.Balance:
		s.reported = true
		b.find(at, t.Reference, RuleBalance, "%s has %d %s after this, the leaf says %d", e.Account, sum, e.Currency, e.Balance)
	}
	b.later(t.BookingDate, s, e)
	if e.Side == leaf.Debit {
		s.debits += e.Amount
	}
	if !b.may.Moves(s.path.Class, e.Side) {
		b.find(at, t.Reference, RuleAccounts, "a %s may not %s %s", t.Kind, verb(e.Side), e.Account)
	}
	if e.Side == leaf.Credit {
		if t.Kind == leaf.EmergencyGrant && !slices.Contains(s.grants, t.Source) {
			s.grants = append(s.grants, strings.Clone(t.Source))
		}
		s.awarded = s.awarded || t.Kind == leaf.RoundAward
	}
}

// limits checks limited accounts after the whole transaction.
func (b *bookkeeper) limits(at int64, t *leaf.Transaction) {
	for i, s := range b.touched {
		if e := &t.Entries[i]; s.path.Limited && s.balance < 0 && e.Side == leaf.Debit {
			b.find(at, t.Reference, RuleBelowZero, "%s is at %d %s", e.Account, s.balance, e.Currency)
			return
		}
	}
}

// add adds an entry to credits less debits.
func add(balance int64, e *leaf.Entry) (sum int64, ok bool) {
	if e.Side == leaf.Debit {
		return balance - e.Amount, balance >= math.MinInt64+e.Amount
	}
	return balance + e.Amount, balance <= math.MaxInt64-e.Amount
}

func verb(s leaf.Side) string {
	if s == leaf.Debit {
		return "debit"
	}
	return "credit"
}
