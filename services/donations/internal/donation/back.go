package donation

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// GoesBack says out of which funds an amount of a gift goes back: those that it went
// into, in proportion. left is what of each part still waits to clear: only so much
// stands in a fund's clearing for this gift, and what others gave is left alone. The
// second result is what of each part's waiting money goes.
func GoesBack(parts []Part, left []int64, minor int64) (list []back.Part, gone []int64, err error) {
	weights := make([]int64, 0, 3*len(parts))
	for _, p := range parts {
		stays := p.Stays()
		if p.Fund == "" {
			stays = 0
		}
		weights = append(weights, stays, p.Reserve, p.Amount-p.Reserve-stays)
	}
	pieces, err := money.Split(minor, weights)
	if err != nil {
		return nil, nil, fmt.Errorf("divide what goes back: %w", err)
	}
	gone = make([]int64, len(parts))
	for i, p := range parts {
		stays, reserve, operations := pieces[3*i], pieces[3*i+1], pieces[3*i+2]
		gone[i] = min(stays, left[i])
		list = addBack(list, back.Part{Fund: p.Fund, Minor: gone[i]})
		list = addBack(list, back.Part{Fund: p.Fund, Minor: stays - gone[i], Cleared: true})
		list = addBack(list, back.Part{Fund: account.ReserveFund, Minor: reserve, Cleared: true})
		list = addBack(list, back.Part{Fund: account.OperationsFund, Minor: operations, Cleared: true})
	}
	return list, gone, nil
}

func addBack(list []back.Part, b back.Part) []back.Part {
	if b.Minor == 0 {
		return list
	}
	for i := range list {
		if list[i].Fund == b.Fund && list[i].Cleared == b.Cleared {
			list[i].Minor += b.Minor
			return list
		}
	}
	return append(list, b)
}
