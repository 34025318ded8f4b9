package account

// tolerated is how much of a deficit stops nothing, in whole units of its currency: it
// heals by itself.
const tolerated = 100

// DeficitStops reports whether a fund whose deficit stands at net, credits less debits
// in minor units, gives nothing to rounds until it is covered. Exponent is that of the
// currency (money.Exponent).
func DeficitStops(net int64, exponent int) bool {
	limit := int64(tolerated)
	for range exponent {
		limit *= 10
	}
	return net < -limit
}
