package account

import "slices"

// The functions below are the ordered sources of each fact that costs a fund
// money: the ledger debits the first account up to what it holds, then the next,
// and the last one carries the rest. What has happened outside is always booked,
// so there the last one is a deficit, which has no limit. What we decide ourselves
// ends with a limited account and can be refused.

// FeeSources carry what the processor kept of a gift: the gift itself, which
// stands in its fund's clearing.
func FeeSources(fund string) []string { return []string{FundClearing(fund), Deficit(fund)} }

// PromisedFeeSources carry the same where the fund promises its donors 100 %, and
// that of what a donor gave to running costs.
func PromisedFeeSources(fund string) []string { return inOrder(OperationsFund, Deficit(fund)) }

// ExcessFeeSources carry what the processor kept beyond the gift itself: it must
// not eat what others gave.
func ExcessFeeSources(fund string) []string { return []string{Deficit(fund)} }

// RefundSources carry a refund that we start, which can be refused.
func RefundSources(fund string) []string {
	// The reserve gives back its own money once.
	return slices.Compact([]string{FundClearing(fund), FundAvailable(fund), FundAvailable(ReserveFund)})
}

// TakenSources carry a dispute, refund or fee that Stripe took by itself.
func TakenSources(fund string) []string { return append(RefundSources(fund), Deficit(fund)) }

// ClearedRefundSources carry a refund that we start of what a fund has got for good:
// what stands in its clearing was given by others, and is theirs.
func ClearedRefundSources(fund string) []string {
	return slices.Compact(inOrder(fund, FundAvailable(ReserveFund)))
}

// ClearedTakenSources carry what Stripe took by itself of the same.
func ClearedTakenSources(fund string) []string {
	return append(ClearedRefundSources(fund), Deficit(fund))
}

// LackSources carry what banks kept of a payment that came back.
func LackSources() []string { return inOrder(OperationsFund, Deficit(OperationsFund)) }

// ChargeSources carry bank charges and running costs.
func ChargeSources() []string { return inOrder(OperationsFund, Deficit(OperationsFund)) }

// LostCashSources carry a courier's cash that was lost or seized.
func LostCashSources() []string { return inOrder(ReserveFund, Deficit(ReserveFund)) }

func inOrder(fund, last string) []string { return []string{FundAvailable(fund), last} }
