package leaf_test

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// anyLeaf draws leaves of every type.
func anyLeaf() *rapid.Generator[leaf.Leaf] {
	return rapid.Custom(func(t *rapid.T) leaf.Leaf {
		switch rapid.IntRange(1, 3).Draw(t, "type") {
		case 1:
			return leaf.Leaf{Transaction: anyTransaction(t)}
		case 2:
			return leaf.Leaf{Decision: anyDecision(t)}
		}
		return leaf.Leaf{Close: anyClose(t)}
	})
}

var (
	reference = rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._/:-]{0,159}`)
	name      = rapid.StringMatching(`[a-z][A-Za-z]{0,20}/[a-z0-9][A-Za-z0-9_-]{0,40}`)
	segment   = rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,39}`)
	currency  = rapid.SampledFrom([]string{"EUR", "PLN", "JPY", "XXX"})
	anyDay    = rapid.Custom(func(t *rapid.T) leaf.Day { return leaf.Day(rapid.Uint32Range(1, 2932896).Draw(t, "day")) })
	digest    = rapid.Custom(func(t *rapid.T) (b [32]byte) {
		copy(b[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		return b
	})
	path = rapid.Custom(func(t *rapid.T) string {
		id := func() string { return segment.Draw(t, "id") }
		switch rapid.IntRange(0, 8).Draw(t, "class") {
		case 0:
			return "asset:bank:" + id()
		case 1:
			return "fund:" + id() + ":available"
		case 2:
			return "round:" + id() + ":" + id()
		case 3:
			return "award:" + id()
		case 4:
			return "transit:" + id()
		case 5:
			return "deficit:" + id()
		case 6:
			return "suspense:" + id()
		case 7:
			return "fx:EUR:PLN"
		}
		return "equity:opening"
	})
)

func anyHeader(t *rapid.T) leaf.Header {
	h := leaf.Header{Ledger: segment.Draw(t, "ledger"), Sequence: rapid.Int64Min(0).Draw(t, "sequence")}
	copy(h.Random[:], rapid.SliceOfN(rapid.ByteMin(1), 16, 16).Draw(t, "random"))
	return h
}

// lastKind is the number of the last kind of transaction that has a name.
func lastKind() (k uint8) {
	for leaf.Kind(k+1).String() != "UNSPECIFIED" {
		k++
	}
	return k
}

// lastDecision is that of the last kind of decision.
func lastDecision() (k uint8) {
	for leaf.DecisionKind(k+1).String() != "UNSPECIFIED" {
		k++
	}
	return k
}

func anyTransaction(t *rapid.T) *leaf.Transaction {
	x := &leaf.Transaction{
		Header: anyHeader(t), Kind: leaf.Kind(rapid.ByteRange(1, lastKind()).Draw(t, "kind")),
		Reference: reference.Draw(t, "reference"), Source: name.Draw(t, "source"),
		OccurredOn: anyDay.Draw(t, "occurred"), BookingDate: anyDay.Draw(t, "booking"), Digest: digest.Draw(t, "digest"),
	}
	if x.Kind == leaf.Reversal {
		x.Sequence = max(x.Sequence, 1)
		x.Reverses = &leaf.Link{Sequence: rapid.Int64Range(0, x.Sequence-1).Draw(t, "reverses"), Reference: reference.Draw(t, "reversed")}
	}
	if rapid.Bool().Draw(t, "rate") {
		x.Rate = &leaf.Rate{
			From: "EUR", To: "PLN", Value: rapid.Int64Min(1).Draw(t, "value"), Scale: rapid.ByteMax(18).Draw(t, "scale"),
			Source: segment.Draw(t, "publisher"), Day: anyDay.Draw(t, "published"),
		}
	}
	for range rapid.IntRange(2, 20).Draw(t, "entries") {
		x.Entries = append(x.Entries, leaf.Entry{
			Account: path.Draw(t, "account"), Currency: currency.Draw(t, "currency"),
			Side:   rapid.SampledFrom([]leaf.Side{leaf.Debit, leaf.Credit}).Draw(t, "side"),
			Amount: rapid.Int64Min(1).Draw(t, "amount"), Balance: rapid.Int64().Draw(t, "balance"),
		})
	}
	return x
}

func anyDecision(t *rapid.T) *leaf.Decision {
	kind := leaf.DecisionKind(rapid.ByteMin(1).Draw(t, "kind"))
	return &leaf.Decision{
		Header: anyHeader(t), Kind: kind, Content: anyContent(t, kind),
		Reference: reference.Draw(t, "reference"), Resource: rapid.OneOf(rapid.Just(""), name).Draw(t, "resource"),
		Person: rapid.SampledFrom([]string{"", "staff/s_1"}).Draw(t, "person"),
		Day:    anyDay.Draw(t, "day"), Commitment: digest.Draw(t, "commitment"),
	}
}

func anyClose(t *rapid.T) *leaf.PeriodClose {
	days := []leaf.Day{anyDay.Draw(t, "a"), anyDay.Draw(t, "b"), anyDay.Draw(t, "c")}
	slices.Sort(days)
	c := &leaf.PeriodClose{
		Header: anyHeader(t), Reference: reference.Draw(t, "reference"), First: days[0], Last: max(days[0], days[1]-1),
		Day: days[2] + 1, ProposedBy: name.Draw(t, "proposer"), ConfirmedBy: name.Draw(t, "confirmer"),
		Accounts: rapid.Int64Min(0).Draw(t, "accounts"), TrialBalance: digest.Draw(t, "trial"),
	}
	c.Day = min(max(c.Day, c.Last+1), 2932896)
	if c.Day <= c.Last {
		c.First, c.Last = c.Day-1, c.Day-1
	}
	for _, class := range []string{"asset", "award", "fund"}[:rapid.IntRange(0, 3).Draw(t, "figures")] {
		c.Figures = append(c.Figures, leaf.Figure{Class: class, Currency: "EUR", Balance: rapid.Int64Max(-1).Draw(t, "figure")})
	}
	return c
}
