package account

// ToleratedDeficit is the deficit of a fund that stops nothing where no policy of rounds
// says otherwise, in whole units of its currency: it heals by itself.
const ToleratedDeficit = 100

// DeficitStops reports whether a fund whose deficit stands at net, credits less debits,
// gives nothing to rounds until it is covered; limit is what the policy of rounds
// tolerates. Both are in minor units.
func DeficitStops(net, limit int64) bool { return net < -limit }
