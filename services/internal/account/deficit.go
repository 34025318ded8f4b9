package account

// tolerated is how much of a deficit stops nothing before the first policy of rounds, in
// whole units of its currency: it heals by itself.
const tolerated = 100

// ToleratedDeficit is the deficit of a fund that stops nothing where no policy of rounds
// says otherwise, in minor units. Exponent is that of the currency (money.Exponent).
func ToleratedDeficit(exponent int) int64 {
	limit := int64(tolerated)
	for range exponent {
		limit *= 10
	}
	return limit
}

// DeficitStops reports whether a fund whose deficit stands at net, credits less debits,
// gives nothing to rounds until it is covered; limit is what the policy of rounds
// tolerates. Both are in minor units.
func DeficitStops(net, limit int64) bool { return net < -limit }
