package movement

import (
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// notProvided is what banks write where there is no end-to-end id.
const notProvided = "NOTPROVIDED"

// lines splits an entry into its transfers and what the bank took for itself, where
// the bank says so in amounts that add up; otherwise it is one movement.
func lines(e camt.Entry) []statement.Line {
	whole := statement.Line{
		Credit: e.Credit, Minor: e.Amount.MinorUnits, BookedOn: day(e), Code: e.Code, Ref: e.Key(), BatchCount: -1,
		Sure: e.ServicerRef != "", IsReversal: e.Reversal, IsReturn: e.Reversal && e.Credit,
	}
	if len(e.Details) == 1 {
		whole.GiftRef = e.Details[0].GiftRef
	}
	if len(e.Details) == 1 && named(e.Details[0]) {
		return one(e, of(whole, e.Details[0]))
	}
	if list := several(e, whole); list != nil {
		return list
	}
	return batch(e, whole)
}

// one is the line of an entry's only transfer.
func one(e camt.Entry, l statement.Line) []statement.Line {
	d := e.Details[0]
	for _, a := range []*money.Amount{d.Amount, d.Instructed} {
		if a == nil || a.Currency != e.Amount.Currency || a.MinorUnits <= 0 {
			continue
		}
		if charges, explained := rest(e, a.MinorUnits); explained && charges > 0 {
			l.Minor = a.MinorUnits
			return append([]statement.Line{l}, charged(l, charges)...)
		}
	}
	return []statement.Line{l}
}

// several are the lines of several transfers, nil where they are not all listed.
func several(e camt.Entry, whole statement.Line) []statement.Line {
	if len(e.Details) < 2 {
		return nil
	}
	var sum int64
	var list []statement.Line
	for _, d := range e.Details {
		if d.Amount == nil || d.Amount.Currency != e.Amount.Currency || d.Credit != e.Credit || d.Amount.MinorUnits <= 0 || !named(d) {
			return nil
		}
		var err error
		if sum, err = money.Add(sum, d.Amount.MinorUnits); err != nil {
			return nil
		}
		l := of(whole, d)
		l.GiftRef = d.GiftRef
		l.Minor = d.Amount.MinorUnits
		list = append(list, l)
	}
	charges, explained := rest(e, sum)
	if !explained {
		return nil
	}
	return append(list, charged(whole, charges)...)
}

// batch is the line of a payment file's transfers that were booked as one sum. A
// line of anything else stays as it is.
func batch(e camt.Entry, l statement.Line) []statement.Line {
	switch {
	case len(e.Batches) == 1:
		b := e.Batches[0]
		l.BatchID, l.BatchCount = b.PaymentInfoID, b.Count
		if l.BatchID == "" {
			l.BatchID = b.MessageID
		}
		if b.Total == nil || b.Total.Currency != e.Amount.Currency || b.Total.MinorUnits <= 0 {
			break
		}
		if charges, explained := rest(e, b.Total.MinorUnits); explained {
			l.Minor = b.Total.MinorUnits
			return append([]statement.Line{l}, charged(l, charges)...)
		}
	case len(e.Batches) == 0 && len(e.Details) == 1:
		l.BatchID = e.Details[0].PaymentInfoID
	}
	return []statement.Line{l}
}

// rest is what an entry has beyond its transfers: nothing, or what the bank says
// that it took for itself. Charges make what leaves more, and what comes in less.
func rest(e camt.Entry, transfers int64) (charges int64, explained bool) {
	more := e.Amount.MinorUnits - transfers
	if e.Credit {
		more = -more
	}
	if more == 0 {
		return 0, true
	}
	var each int64
	for _, d := range e.Details {
		each += taken(d.Charges, e.Amount.Currency)
	}
	return more, more > 0 && (more == taken(e.Charges, e.Amount.Currency) || more == each)
}

func taken(a *money.Amount, currency string) int64 {
	if a == nil || a.Currency != currency {
		return 0
	}
	return a.MinorUnits
}

// charged are the lines of what the bank took for itself beside l; none for zero.
func charged(l statement.Line, minor int64) []statement.Line {
	if minor == 0 {
		return nil
	}
	return []statement.Line{{Minor: minor, BookedOn: l.BookedOn, Code: l.Code, Ref: l.Ref, Sure: l.Sure, BatchCount: -1}}
}

func named(d camt.Detail) bool { return d.EndToEndID != "" && d.EndToEndID != notProvided }

// of makes the line of one transfer.
func of(l statement.Line, d camt.Detail) statement.Line {
	if named(d) {
		l.EndToEndID, l.Account = d.EndToEndID, d.Account
	}
	if d.IsReturn {
		l.IsReturn, l.ReturnReason = true, d.ReturnReason
	}
	return l
}
