package book

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// Position is where a ledger stands.
type Position struct {
	// Ledger is its id, for example "main".
	Ledger string
	// Size is the number of leaves, and so the next sequence.
	Size int64
	// Open is the first day whose period is not closed; zero where none is.
	Open leaf.Day
}

// Balance is what was booked on an account, in minor units.
type Balance struct {
	Debits  int64
	Credits int64
}

// Net returns credits less debits.
func (b Balance) Net() int64 { return b.Credits - b.Debits }

// Result is what a unit became: its decisions, then its transactions, or the decision
// to close and the close. Replayed marks leaves that an earlier call has booked.
type Result struct {
	Leaves   []leaf.Leaf
	Replayed []bool
	// Hashes are those of the leaves in the tree. Whoever writes the leaves down
	// makes them.
	Hashes [][32]byte
}

// Books is the part of a ledger that a batch touches, in memory. It is loaded by
// Know, Open and KnowReversal, changed by Apply, and belongs to one goroutine.
type Books struct {
	head     Position
	random   func() [16]byte
	balances map[leaf.Account]Balance
	known    map[string]leaf.Leaf
	reversed map[int64]string
	// decisions are those about the plans and rounds of the batch, in order;
	// emergencies the awards that were granted so, and by which grants.
	decisions   map[string][]*leaf.Decision
	emergencies map[leaf.Account][]grant
	closable    map[string]Closable // by the name of the close
	// leaving and days are those of the last days, policies and staff all leaves about
	// hands and roles; paid has the largest attempt of each payment of the batch's plans.
	policies Policies
	leaving  []leaving
	days     []begins
	staff    []*leaf.Decision
	roster   *rule.Roster // of staff, nil where it has to be made anew
	paid     map[string]map[string]int64
	anybody  bool     // decides, without a grant
	delay    leaf.Day // from a policy's decision to its first day
	// advanced is what fees have made of a deficit that was not covered since.
	advanced map[leaf.Account]int64
	booked   []leaf.Leaf
	undo     undo
}

// New returns the books of a ledger at head, with nothing loaded. random gives
// the bytes that keep a leaf from being guessed from its hash.
func New(head Position, random func() [16]byte) *Books {
	return &Books{
		head: head, random: random, balances: map[leaf.Account]Balance{},
		known: map[string]leaf.Leaf{}, reversed: map[int64]string{},
		decisions: map[string][]*leaf.Decision{}, emergencies: map[leaf.Account][]grant{},
		closable: map[string]Closable{}, paid: map[string]map[string]int64{},
		delay: rule.PolicyDelay, advanced: map[leaf.Account]int64{},
	}
}

// After has the books ask for so many days between a policy's decision and its first
// day.
func (b *Books) After(days leaf.Day) *Books {
	b.delay = days
	return b
}

// WithoutRoles has the books take decisions of persons without grants, for tests that
// are about something else. No program calls it: a test looks.
func (b *Books) WithoutRoles() *Books {
	b.anybody = true
	return b
}

// Know loads a leaf that is booked already, found by its reference.
func (b *Books) Know(l leaf.Leaf) { b.known[l.Reference()] = l }

// Known returns the leaf of a reference, loaded or booked.
func (b *Books) Known(reference string) (leaf.Leaf, bool) {
	l, ok := b.known[reference]
	return l, ok
}

// Open loads an account's balance. An account that is not opened has zero.
func (b *Books) Open(a leaf.Account, balance Balance) { b.balances[a] = balance }

// Balance returns an account's balance after what was applied so far.
func (b *Books) Balance(a leaf.Account) Balance { return b.balances[a] }

// KnowReversal loads that the transaction at sequence is reversed by another.
func (b *Books) KnowReversal(sequence int64, reference string) { b.reversed[sequence] = reference }

// KnowDecision loads a decision about a plan or a round; those about one resource
// come in the order of their sequence.
func (b *Books) KnowDecision(d *leaf.Decision) {
	b.decisions[d.Resource] = append(b.decisions[d.Resource], d)
}

// KnowEmergency loads that an award holds money of an emergency grant.
func (b *Books) KnowEmergency(a leaf.Account, source string) {
	b.emergencies[a] = append(b.emergencies[a], grant{source, -1})
}

// Booked returns the new leaves of all units applied so far, by sequence.
func (b *Books) Booked() []leaf.Leaf { return b.booked }

// Apply books a unit, all or none: after an error the books are as before, so
// that a refused unit does not hurt its batch.
func (b *Books) Apply(u Unit) (Result, error) {
	b.undo.begin(b)
	r := Result{Leaves: make([]leaf.Leaf, 0, u.Len()), Replayed: make([]bool, 0, u.Len())}
	if err := b.founded(u); err != nil {
		return Result{}, err
	}
	for i := range u.decisions {
		l, replayed, err := b.record(place{list: "decisions", index: i}, &u.decisions[i])
		if err != nil {
			b.undo.roll(b)
			return Result{}, err
		}
		r.Leaves, r.Replayed = append(r.Leaves, l), append(r.Replayed, replayed)
	}
	for i := range u.transactions {
		l, replayed, err := b.post(place{list: "transactions", index: i}, &u.transactions[i])
		if err != nil {
			b.undo.roll(b)
			return Result{}, err
		}
		r.Leaves, r.Replayed = append(r.Leaves, l), append(r.Replayed, replayed)
	}
	if u.closing != nil {
		decided, closed, replayed, err := b.close(u.closing)
		if err != nil {
			b.undo.roll(b)
			return Result{}, err
		}
		r.Leaves, r.Replayed = append(r.Leaves, decided, closed), append(r.Replayed, replayed, replayed)
	}
	return r, nil
}

// record books one decision.
func (b *Books) record(at place, d *Decision) (leaf.Leaf, bool, error) {
	if l, ok := b.known[d.Reference]; ok {
		return l, true, d.conflict(at, l)
	}
	if err := b.mayDecide(at, d); err != nil {
		return leaf.Leaf{}, false, err
	}
	l := leaf.Leaf{Decision: &leaf.Decision{
		Header: b.header(), Kind: d.Kind, Reference: d.Reference, Resource: d.Resource,
		Person: d.Person, Day: d.Day, Commitment: d.Commitment, Content: b.filled(d),
	}}
	b.book(l)
	return l, false, nil
}

// post books one transaction.
func (b *Books) post(at place, d *Draft) (leaf.Leaf, bool, error) {
	if l, ok := b.known[d.Reference]; ok {
		return l, true, d.conflict(at, l)
	}
	if err := d.current(at); err != nil {
		return leaf.Leaf{}, false, err
	}
	if err := b.decided(at, d); err != nil {
		return leaf.Leaf{}, false, err
	}
	if err := b.covered(at, d); err != nil {
		return leaf.Leaf{}, false, err
	}
	t := &leaf.Transaction{
		Kind: d.Kind, Reference: d.Reference, Source: d.Source, Rate: d.Rate,
		OccurredOn: d.OccurredOn, BookingDate: max(d.OccurredOn, b.head.Open), Digest: d.digest,
	}
	var err error
	if d.Kind == leaf.Reversal {
		err = b.reverse(at, d, t)
	} else {
		err = b.enter(at, d, t)
	}
	if err != nil {
		return leaf.Leaf{}, false, err
	}
	if err := b.limits(at, d, t); err != nil {
		return leaf.Leaf{}, false, err
	}
	for _, check := range []func() error{
		func() error { return b.uncovered(at, t) },
		func() error { return b.handsBehind(at, d, t) },
		func() error { return b.within(at, t) },
	} {
		if err := check(); err != nil {
			return leaf.Leaf{}, false, err
		}
	}
	t.Header = b.header()
	if t.Reverses != nil {
		b.undo.reversed = append(b.undo.reversed, t.Reverses.Sequence)
		b.reversed[t.Reverses.Sequence] = t.Reference
	}
	l := leaf.Leaf{Transaction: t}
	b.book(l)
	return l, false, nil
}

// enter applies the lines of a draft and writes them into t.
func (b *Books) enter(at place, d *Draft, t *leaf.Transaction) error {
	t.Entries = make([]leaf.Entry, 0, len(d.Entries)+2*len(d.Sources))
	for j, e := range d.Entries {
		if !b.line(t, leaf.Account{Path: e.Account, Currency: e.Amount.Currency}, e.Side, e.Amount.MinorUnits) {
			return full(at.lineAt("entries", j).String())
		}
	}
	for j, s := range d.Sources {
		if !b.draw(t, s) {
			return full(at.lineAt("sources", j).String())
		}
	}
	return nil
}

// line adds one entry to t and to the balance of its account, and reports whether
// there is room for it.
func (b *Books) line(t *leaf.Transaction, a leaf.Account, side leaf.Side, minor int64) bool {
	balance := b.balances[a]
	b.undo.balance(a, balance)
	var room bool
	if side == leaf.Debit {
		balance.Debits, room = sum(balance.Debits, minor)
	} else {
		balance.Credits, room = sum(balance.Credits, minor)
	}
	if !room {
		return false
	}
	b.balances[a] = balance
	t.Entries = append(t.Entries, leaf.Entry{
		Account: a.Path, Currency: a.Currency, Side: side, Amount: minor, Balance: balance.Net(),
	})
	return true
}

func (b *Books) header() leaf.Header {
	return leaf.Header{Ledger: b.head.Ledger, Sequence: b.head.Size, Random: b.random()}
}

func (b *Books) book(l leaf.Leaf) {
	b.head.Size++
	b.known[l.Reference()] = l
	b.booked = append(b.booked, l)
	if d := l.Decision; d != nil && d.Resource != "" {
		b.KnowDecision(d)
	}
	b.KnowLeaving(l)
	if d := l.Decision; d != nil {
		b.KnowDay(d.Day, d.Sequence)
		switch d.Content.(type) {
		case *leaf.Policy:
			b.KnowPolicy(d)
		case *leaf.Staff, *leaf.Grant, *leaf.Revocation, *leaf.Freeze, *leaf.Thaw:
			b.KnowStaff(d)
		}
	}
	b.advance(l.Transaction)
	if t := l.Transaction; t != nil && rule.Of(t.Kind).Basis.Process() == rule.Plan {
		b.undo.attempt(b, t.Source)
		b.KnowAttempt(t)
	}
	if t := l.Transaction; t != nil && t.Kind == leaf.EmergencyGrant {
		for _, e := range t.Entries {
			a := leaf.Account{Path: e.Account, Currency: e.Currency}
			if e.Side == leaf.Credit {
				b.emergencies[a] = append(b.emergencies[a], grant{t.Source, t.Sequence})
			}
		}
	}
}
