package account

import "github.com/solidarity-fund/solidarity/services/internal/money"

// tolerated is how much of a deficit stops nothing, in whole units of its currency: it
// heals by itself.
const tolerated = 100

// DeficitStops reports whether a fund whose deficit stands at net, credits less debits
// in minor units, gives nothing to rounds until it is covered.
func DeficitStops(net int64, currency string) bool {
	limit := int64(tolerated)
	for range money.Exponent(currency) {
		limit *= 10
	}
	return net < -limit
}
