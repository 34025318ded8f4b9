package camt

import "github.com/solidarity-fund/solidarity/services/internal/money"

// charged adds up the charges of an entry or transfer that are part of its amount.
// It is nil where there are none, where they are in several currencies, or cannot be
// read: a charge that cannot be read refuses no statement.
func charged(n *node) *money.Amount {
	var sum *money.Amount
	for _, c := range n.all("Chrgs") {
		records := c.all("Rcrd")
		if len(records) == 0 {
			records = []*node{c}
		}
		for _, r := range records {
			a := charge(r)
			switch {
			case a == nil, sum != nil && sum.Currency != a.Currency:
				return nil
			case sum == nil:
				sum = a
			default:
				total, err := money.Add(sum.MinorUnits, a.MinorUnits)
				if err != nil {
					return nil
				}
				sum.MinorUnits = total
			}
		}
	}
	return sum
}

// charge reads one charge; one that is not part of the amount is zero.
func charge(n *node) *money.Amount {
	a := readable(n.child("Amt"))
	if a == nil {
		a = readable(n.child("TtlChrgsAndTaxAmt"))
	}
	if a == nil {
		return nil
	}
	if included := n.child("ChrgInclInd"); included != nil && (included.text == "false" || included.text == "0") {
		a.MinorUnits = 0
	}
	if direction := n.child("CdtDbtInd"); direction != nil && direction.text == "CRDT" {
		a.MinorUnits = -a.MinorUnits
	}
	return a
}

// readable is an amount, nil where there is none that can be read.
func readable(n *node) *money.Amount {
	var c cursor
	a := c.maybeAmount(n)
	if c.problem != nil {
		return nil
	}
	return a
}
