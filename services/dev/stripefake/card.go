package stripefake

import "strings"

// What happens to the charges of some test cards after they succeeded.
const (
	regretDispute = "dispute"
	regretInquiry = "inquiry"
	regretWarning = "warning"
	refundLate    = "late" // a refund is pending first
	refundBad     = "bad"  // a refund succeeds first and fails later
)

// When some test cards ask for 3-D Secure.
const (
	proofOnce   = "once"   // not again once it is set up
	proofAlways = "always" // so that no payment without the donor succeeds
)

// card is what one of Stripe's test cards does.
type card struct {
	name                 string // Stripe's token without "pm_card_"; of ours where Stripe has none
	country, brand       string
	code, decline, words string // of a card that does not pay
	saves                bool   // it can be set up although it does not pay
	proof                string // when it asks for 3-D Secure
	regret, refund       string // of one whose charge comes back, or whose refund is slow
}

// numberOf takes the spaces and dashes out of a card's number.
func numberOf(typed string) string { return strings.NewReplacer(" ", "", "-", "").Replace(typed) }

// cardOf returns the behaviour of a test card, false for any other number: a
// real card has no business here. Source: Stripe, "Testing".
func cardOf(number string) (card, bool) {
	used, known := cards()[number]
	if used.country == "" {
		used.country = "US"
	}
	if used.brand == "" {
		used.brand = "visa"
	}
	return used, known
}

// cardNamed is cardOf by name, and says its last four digits.
func cardNamed(name string) (used card, last4 string, known bool) {
	for number, c := range cards() {
		if c.name == name {
			used, known = cardOf(number)
			return used, number[len(number)-4:], known
		}
	}
	return card{}, "", false
}

func cards() map[string]card {
	const declined, generic = "card_declined", "Your card was declined."
	const poor = "Your card has insufficient funds."
	return map[string]card{
		"4242424242424242": {name: "visa"},
		"5555555555554444": {name: "mastercard", brand: "mastercard"},
		"4000002760000016": {name: "de", country: "DE"},
		"4000006160000005": {name: "pl", country: "PL"},
		"4000001120000005": {name: "by", country: "BY"},
		"4000006430000009": {name: "ru", country: "RU"},
		"4000000000000002": {name: "chargeDeclined", code: declined, decline: "generic_decline", words: generic},
		"4000000000009995": {name: "chargeDeclinedInsufficientFunds", code: declined, decline: "insufficient_funds", words: poor},
		"4000000000009987": {name: "lostCard", code: declined, decline: "lost_card", words: generic},
		"4000000000009979": {name: "stolenCard", code: declined, decline: "stolen_card", words: generic},
		"4000000000006975": {name: "chargeDeclinedVelocityLimitExceeded", code: declined, decline: "card_velocity_exceeded", words: generic},
		"4100000000000019": {name: "radarBlock", code: declined, decline: "fraudulent", words: generic},
		"4000000000000069": {name: "chargeDeclinedExpiredCard", code: "expired_card", decline: "expired_card", words: "Your card has expired."},
		"4000000000000127": {name: "chargeDeclinedIncorrectCvc", code: "incorrect_cvc", decline: "incorrect_cvc", words: "Your card's security code is incorrect."},
		"4000000000000119": {name: "chargeDeclinedProcessingError", code: "processing_error", decline: "processing_error", words: "An error occurred while processing your card."},
		"4000000000000341": {name: "chargeCustomerFail", code: declined, decline: "generic_decline", words: generic, saves: true},
		"4000002500003155": {name: "authenticationRequiredOnSetup", proof: proofOnce},
		"4000002760003184": {name: "authenticationRequired", country: "DE", proof: proofAlways},
		"4000000000003220": {name: "threeDSecure2Required", proof: proofAlways},
		"4000008400001629": {name: "threeDSecureRequiredChargeDeclined", proof: proofAlways, code: declined, decline: "generic_decline", words: generic},
		"4000008260003178": {name: "authenticationRequiredChargeDeclinedInsufficientFunds", country: "GB", proof: proofOnce, code: declined, decline: "insufficient_funds", words: poor, saves: true},
		"4000000000000259": {name: "createDispute", regret: regretDispute},
		"4000000000001976": {name: "createDisputeInquiry", regret: regretInquiry},
		"4000000000005423": {name: "createIssuerFraudRecord", regret: regretWarning},
		"4000000000007726": {name: "pendingRefund", refund: refundLate},
		"4000000000005126": {name: "refundFail", refund: refundBad},
	}
}
