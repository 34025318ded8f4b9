// Package back holds the words for what comes back of a gift: where refunds and disputes
// stand, and out of which funds they are taken.
package back

// Part is a part of what goes back, of one fund.
type Part struct {
	Fund string `json:"fund"`
	// Minor is greater than zero, in minor units of the settlement currency.
	Minor int64 `json:"minor"`
	// Cleared says that the fund has got it for good, Fee that it is what Stripe asks for
	// a dispute beyond the gift.
	Cleared bool `json:"cleared,omitempty"`
	Fee     bool `json:"fee,omitempty"`
}

// Waiting is what of some parts was waiting to clear, by fund.
func Waiting(parts []Part) map[string]int64 {
	waiting := map[string]int64{}
	for _, p := range parts {
		if !p.Cleared {
			waiting[p.Fund] += p.Minor
		}
	}
	return waiting
}
